// Requests and matchers for tests, written as short texts.
#pragma once

#include "matching/compiled_matcher.hpp"
#include "model/codec.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::matching {

/// Owns what a request_view refers to.
class sample_request {
public:
    using header_list = std::vector<std::pair<std::string, std::string>>;

    /// `line` is "GET /path?query", or only the target.
    explicit sample_request(std::string_view line, header_list headers = {}, std::string body = {})
        : headers_(std::move(headers)), body_(std::move(body)) {
        const auto blank = line.find(' ');
        method_ = blank == std::string_view::npos ? "GET" : line.substr(0, blank);
        if (blank != std::string_view::npos) line.remove_prefix(blank + 1);
        const auto mark = line.find('?');
        path_ = line.substr(0, mark);
        if (mark != std::string_view::npos) query_ = line.substr(mark + 1);
        for (const auto& [name, value] : headers_)
            views_.push_back({name, value});
        const auto size = body_.size();
        body_.append(64, '\xff');
        view_.method = method_;
        view_.path = path_;
        view_.query = query_;
        view_.headers = views_;
        view_.body = std::string_view(body_).substr(0, size);
    }
    sample_request(const sample_request&) = delete;
    sample_request& operator=(const sample_request&) = delete;

    [[nodiscard]] const model::request_view& view() const { return view_; }
    [[nodiscard]] model::request_view& view() { return view_; }

private:
    header_list headers_;
    std::string body_;
    std::string method_;
    std::string path_;
    std::string query_;
    std::vector<model::header_view> views_;
    model::request_view view_;
};

/// An httpRequest as the JSON API takes it.
inline model::request_matcher matcher_of(std::string_view json) {
    auto read = model::read_selection(json);
    REQUIRE_MESSAGE(read.has_value(), std::string(json));
    return read->matcher.value_or(model::request_matcher{});
}

inline bool matched(std::string_view matcher_json, const sample_request& request,
                    direction way = direction::forward) {
    const auto source = matcher_of(matcher_json);
    const auto compiled = compiled_matcher::compile(&source, way);
    request_facts facts;
    facts.begin(request.view());
    return compiled.matches(facts);
}

inline bool matched(std::string_view matcher_json, std::string_view line) {
    return matched(matcher_json, sample_request(line));
}

} // namespace mockfleet::matching
