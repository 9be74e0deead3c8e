// Bodies as they were received, typed by their content type (core.md 2.7.4).
#include "base/ascii.hpp"
#include "model/base64.hpp"
#include "model/charset.hpp"
#include "model/codec_parts.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

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

/// The content type as it is written: type and parameters without quotes; empty if it is not type/subtype.
std::string shown_type(std::string_view content_type, std::string_view media) {
    if (media.empty()) return {};
    std::string out;
    for (const char c : content_type) {
        if (c != '"') out.push_back(c);
    }
    return out;
}

json::value write_binary(std::string_view bytes, const std::string& shown) {
    json::value out;
    out.set("type", "BINARY");
    out.set("base64Bytes", encode_base64(bytes));
    if (!shown.empty()) out.set("contentType", shown);
    return out;
}

json::value write_typed_text(std::string_view type, std::string_view key, std::string_view bytes,
                             std::string_view charset, const std::string& shown) {
    json::value out;
    out.set("type", type);
    out.set(std::string(key), to_utf8(bytes, charset));
    out.set("rawBytes", encode_base64(bytes));
    out.set("contentType", shown);
    return out;
}

/// A body that claims to be JSON and is not is shown as the text it is.
json::value write_json(std::string_view bytes, std::string_view charset, const std::string& media,
                       const std::string& shown) {
    json::value document;
    const auto text = to_utf8(bytes, charset);
    if (json::parse_tolerant(text, document))
        return write_typed_text("STRING", "string", bytes, charset, shown);
    const bool raw_differs = json::compact(document) != text;
    if (media == "application/json" && base::equal_ignoring_case(charset_of(shown), "utf-8") && !raw_differs)
        return document;
    json::value out;
    out.set("contentType", shown);
    out.set("type", "JSON");
    out.set("json", std::move(document));
    if (raw_differs) out.set("rawBytes", encode_base64(bytes));
    return out;
}

} // namespace

json::value write_recorded_body(std::string_view bytes, std::string_view content_type) {
    const auto media = media_type(content_type);
    const auto given = charset_of(content_type);
    const auto shown = shown_type(content_type, media);
    const bool no_type = content_type.find_first_not_of(" \t") == std::string_view::npos;
    if (no_type) {
        if (!is_valid_utf8(bytes)) return write_binary(bytes, {});
        return std::string(bytes);
    }
    if (media.find("json") != std::string::npos && media.find("ndjson") == std::string::npos) {
        return write_json(bytes, given, media, shown);
    }
    if (media.find("xml") != std::string::npos) return write_typed_text("XML", "xml", bytes, given, shown);
    const bool plain = media.empty() || contains_any(media, text_marks);
    if (plain || (!given.empty() && !contains_any(media, binary_marks))) {
        return write_typed_text("STRING", "string", bytes, given.empty() ? "iso-8859-1" : given, shown);
    }
    return write_binary(bytes, shown);
}

} // namespace mockfleet::model
