// Preparing the action of an expectation and playing it back.
#include "actions/prepared_response.hpp"

#include "actions/delay.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

namespace mockfleet::actions {

namespace {

/// Up to this size the form with `connection: close` is kept ready as well.
constexpr std::size_t ready_twice = 16 * 1024;

const std::string* file_path(const model::response& source) {
    return source.body && source.body->kind == model::body_kind::file ? &source.body->text : nullptr;
}

std::optional<std::string> read_file(const std::string& path) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    if (!file) return std::nullopt;
    return std::move(content).str();
}

/// What is sent in place of a file that cannot be read.
model::response unreadable_file() {
    model::response made;
    made.status_code = 500;
    made.body.emplace();
    made.body->text = "Error reading file for response body";
    return made;
}

} // namespace

/// One response or error, prepared. Most are static answers and there may be 100,000 of them, so what only
/// others need is apart.
class prepared_response::variant {
public:
    explicit variant(const model::response& source) {
        const auto& options = source.connection;
        const bool from_file = file_path(source) != nullptr;
        if (options) close_socket_ = options->close_socket;
        status_ = source.status_code.value_or(200);
        if (from_file || source.delay || (options && (options->chunk_delay || options->close_socket_delay))) {
            slow_ = std::make_unique<slow_parts>();
            slow_->delay = source.delay;
            if (options) slow_->chunk_delay = options->chunk_delay;
            if (options) slow_->close_socket_delay = options->close_socket_delay;
        }
        if (from_file) {
            slow_->from_file = source;
            return;
        }
        written_ = write_response(source, encoded_body(source));
        if (slow_) return;
        keep_alive_ = {with_connection(written_, true), written_.head_size, closes(true)};
        if (keep_alive_.bytes.size() <= ready_twice) {
            auto bytes = with_connection(written_, false);
            const auto head = written_.head_size + bytes.size() - keep_alive_.bytes.size();
            close_ = {std::move(bytes), head, closes(false)};
        }
        // These bytes are those of the keep-alive answer; see complete().
        written_.bytes.clear();
        written_.bytes.shrink_to_fit();
    }

    explicit variant(const model::http_error& source) : slow_(std::make_unique<slow_parts>()) {
        slow_->delay = source.delay;
        slow_->error = source;
    }

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool blocking() const { return slow_ && slow_->from_file; }
    [[nodiscard]] const answer_bytes* immediate(bool keep_alive) const {
        const auto& ready = keep_alive ? keep_alive_ : close_;
        return ready.bytes.empty() ? nullptr : &ready;
    }

    [[nodiscard]] wire_answer answer(bool keep_alive, bool head_only, const header_list& extra) const {
        if (slow_ && slow_->error) return error_answer();
        if (!blocking()) return answer(complete(), keep_alive, head_only, extra);
        const auto& source = *slow_->from_file;
        if (const auto content = read_file(*file_path(source)))
            return answer(write_response(source, *content), keep_alive, head_only, extra);
        const auto failed = unreadable_file();
        return answer(write_response(failed, encoded_body(failed)), keep_alive, head_only, extra);
    }

private:
    struct slow_parts {
        std::optional<model::delay> delay;
        std::optional<model::delay> chunk_delay;
        std::optional<model::delay> close_socket_delay;
        std::optional<model::http_error> error;
        std::optional<model::response> from_file;
    };

    [[nodiscard]] bool closes(bool keep_alive) const { return close_socket_.value_or(!keep_alive); }

    [[nodiscard]] written_response complete() const {
        auto whole = written_;
        if (whole.bytes.empty()) whole.bytes = keep_alive_.bytes;
        return whole;
    }

    [[nodiscard]] wire_answer answer(const written_response& source, bool keep_alive, bool head_only,
                                     const header_list& extra) const {
        static const slow_parts none;
        const auto& slow = slow_ ? *slow_ : none;
        wire_answer made;
        auto bytes = with_connection(source, keep_alive, extra);
        const auto body_size = source.bytes.size() - source.head_size;
        if (head_only) bytes.resize(bytes.size() - body_size);
        std::size_t from = 0;
        auto wait = sample_ns(slow.delay);
        if (!head_only) {
            for (const auto piece : source.pieces) {
                const auto to =
                    piece + bytes.size() - source.bytes.size(); // the head may have changed its size
                made.pieces.push_back({wait, bytes.substr(from, to - from)});
                wait = sample_ns(slow.chunk_delay);
                from = to;
            }
        }
        made.pieces.push_back({wait, from == 0 ? std::move(bytes) : bytes.substr(from)});
        if (closes(keep_alive)) {
            made.after = wire_answer::end::close;
            made.wait_before_close_ns = sample_ns(slow.close_socket_delay);
        }
        return made;
    }

    [[nodiscard]] wire_answer error_answer() const {
        wire_answer made;
        made.pieces.push_back({sample_ns(slow_->delay), slow_->error->response_bytes.value_or("")});
        if (slow_->error->drop_connection.value_or(false)) made.after = wire_answer::end::close;
        return made;
    }

    int status_ = 0;
    std::optional<bool> close_socket_;
    std::unique_ptr<slow_parts> slow_;
    written_response written_;
    answer_bytes keep_alive_;
    answer_bytes close_;
};

prepared_response::prepared_response(const model::expectation& source) {
    if (source.forwards()) {
        forward_ = source.forward;
        return;
    }
    if (source.answers_with_error()) {
        variants_.push_back(std::make_unique<variant>(*source.error));
        return;
    }
    if (source.response || source.responses.empty()) {
        variants_.push_back(std::make_unique<variant>(source.response.value_or(model::response{})));
        return;
    }
    for (const auto& one : source.responses)
        variants_.push_back(std::make_unique<variant>(one));
    random_ = source.response_mode == "RANDOM";
}

prepared_response::~prepared_response() = default;

prepared_response::choice prepared_response::choose(bool keep_alive) const {
    choice made;
    if (variants_.size() > 1) {
        made.index = random_ ? random_below(variants_.size())
                             : served_.fetch_add(1, std::memory_order_relaxed) % variants_.size();
    }
    const auto& chosen = *variants_[made.index];
    made.status = chosen.status();
    made.immediate = chosen.immediate(keep_alive);
    made.blocking = chosen.blocking();
    return made;
}

wire_answer prepared_response::answer(const choice& chosen, bool keep_alive, bool head_only,
                                      const header_list& extra) const {
    return variants_[chosen.index]->answer(keep_alive, head_only, extra);
}

const model::response* prepared_response::response_of(const model::expectation& source,
                                                      const choice& chosen) {
    if (source.answers_with_error() || source.forwards()) return nullptr;
    if (source.response) return &*source.response;
    return chosen.index < source.responses.size() ? &source.responses[chosen.index] : nullptr;
}

answer_bytes plain_answer(int status, const header_list& headers, std::string_view body, bool keep_alive) {
    answer_bytes made;
    made.bytes = write_plain(status, headers, body, keep_alive, made.head_size);
    made.close = !keep_alive;
    return made;
}

} // namespace mockfleet::actions
