// The first rule of core.md 2.7.4 that a content type satisfies.
#include "model/received_body.hpp"

#include "model/charset.hpp"

namespace mockfleet::model {
namespace {

constexpr std::string_view text_marks[] = {"text", "css", "html",       "form",   "javascript", "ecmascript",
                                           "wsdl", "csv", "urlencoded", "ndjson", "yaml",       "graphql"};
constexpr std::string_view binary_marks[] = {"image/", "audio/", "video/",   "font/",   "octet-stream", "pdf",
                                             "zip",    "gzip",   "protobuf", "msgpack", "cbor"};

template <std::size_t Count>
bool contains_any(std::string_view text, const std::string_view (&marks)[Count]) {
    for (const auto mark : marks) {
        if (text.find(mark) != std::string_view::npos) return true;
    }
    return false;
}

} // namespace

received_type received_type_of(std::string_view content_type) {
    received_type found;
    if (content_type.find_first_not_of(" \t") == std::string_view::npos) return found;
    found.media = media_type(content_type);
    found.charset = charset_of(content_type);
    const std::string_view media = found.media;
    if (media.find("json") != std::string_view::npos && media.find("ndjson") == std::string_view::npos) {
        found.kind = received_kind::json;
        return found;
    }
    if (media.find("xml") != std::string_view::npos) {
        found.kind = received_kind::xml;
        return found;
    }
    const bool plain = media.empty() || contains_any(media, text_marks);
    if (!plain && (found.charset.empty() || contains_any(media, binary_marks))) {
        found.kind = received_kind::binary;
        return found;
    }
    found.kind = media == "application/x-www-form-urlencoded" ? received_kind::form : received_kind::text;
    if (found.charset.empty()) found.charset = "iso-8859-1";
    return found;
}

} // namespace mockfleet::model
