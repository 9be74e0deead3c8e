// Bodies as they were received, typed by their content type (core.md 2.7.4).
#include "base/ascii.hpp"
#include "model/base64.hpp"
#include "model/charset.hpp"
#include "model/codec_parts.hpp"
#include "model/received_body.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace mockfleet::model {
namespace {

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
                             std::string_view charset) {
    json::value out;
    out.set("type", type);
    out.set(std::string(key), to_utf8(bytes, charset));
    out.set("rawBytes", encode_base64(bytes));
    return out;
}

json::value write_typed_text(std::string_view type, std::string_view key, std::string_view bytes,
                             std::string_view charset, const std::string& shown) {
    auto out = write_typed_text(type, key, bytes, charset);
    out.set("contentType", shown);
    return out;
}

/// A body that claims to be JSON and is not is shown as the text it is.
json::value write_json(std::string_view bytes, std::string_view charset, const std::string& media,
                       const std::string& shown, json_body_form form) {
    json::value document;
    const auto text = to_utf8(bytes, charset);
    if (json::parse_tolerant(text, document))
        return write_typed_text("STRING", "string", bytes, charset, shown);
    if (form == json_body_form::document) return document;
    const bool raw_differs = form == json_body_form::with_bytes && json::compact(document) != text;
    const bool usual_type =
        media == "application/json" && base::equal_ignoring_case(charset_of(shown), "utf-8");
    if (usual_type && !raw_differs && form != json_body_form::definition) return document;
    json::value out;
    if (!usual_type) out.set("contentType", shown);
    out.set("type", "JSON");
    out.set("json", std::move(document));
    if (raw_differs) out.set("rawBytes", encode_base64(bytes));
    return out;
}

} // namespace

json::value write_recorded_body(std::string_view bytes, std::string_view content_type, json_body_form form) {
    const auto type = received_type_of(content_type);
    const auto shown = shown_type(content_type, type.media);
    switch (type.kind) {
    case received_kind::untyped:
        if (!is_valid_utf8(bytes)) return write_binary(bytes, {});
        if (form == json_body_form::definition) return write_typed_text("STRING", "string", bytes, "utf-8");
        return std::string(bytes);
    case received_kind::json:
        return write_json(bytes, type.charset, type.media, shown, form);
    case received_kind::xml:
        return write_typed_text("XML", "xml", bytes, type.charset, shown);
    case received_kind::form:
    case received_kind::text:
        return write_typed_text("STRING", "string", bytes, type.charset, shown);
    case received_kind::binary:
        break;
    }
    return write_binary(bytes, shown);
}

} // namespace mockfleet::model
