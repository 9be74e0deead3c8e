// HTTP/2 by nghttp2: requests and their trailers, and what is certain of a call that has no answer.
#include "net/grpc_link.hpp"

#include "net/grpc_message.hpp"

#include <nghttp2/nghttp2.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;

namespace {

/// What is read is handed on at once, so the windows only have to be out of the way.
constexpr std::int32_t window = 1 << 24;
/// Bytes that are written at a time.
constexpr std::size_t most_write = 256UL * 1024;

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv field(std::string_view name, std::string_view value) {
    // The library copies both.
    auto* const n = const_cast<char*>(name.data());
    auto* const v = const_cast<char*>(value.data());
    return {reinterpret_cast<std::uint8_t*>(n), reinterpret_cast<std::uint8_t*>(v), name.size(), value.size(),
            NGHTTP2_NV_FLAG_NONE};
}

int number_of(std::string_view digits, int otherwise) {
    int number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return problem == std::errc() && end == digits.data() + digits.size() && number >= 0 ? number : otherwise;
}

} // namespace

struct grpc_link::stream {
    call_id id = 0;
    std::string request;
    std::size_t read = 0; ///< of the request, by the library
    std::function<void(std::string_view)> each;
    bool stays_open = false;
    answer_done done; ///< empty once it was called, or is not wanted any more
    int status = 0;
    int grpc = -1;
    std::string words;
    grpc_message_reader messages; ///< of the answer
    bool touched = false;
    bool answered = false; ///< to its last trailer
    bool gone = false;
    std::uint32_t error = 0; ///< of HTTP/2, when gone

    [[nodiscard]] bool sent() const { return read == request.size(); }
    /// A message that the engine has in part is no request yet.
    [[nodiscard]] http_answer::outcome unanswered() const {
        const bool refused = gone && error == NGHTTP2_REFUSED_STREAM;
        return sent() && !refused ? http_answer::outcome::lost : http_answer::outcome::not_sent;
    }
};

/// None of these throws: there is C between them and whoever could catch it.
struct grpc_link::hooks {
    static std::shared_ptr<stream> of(grpc_link& self, std::int32_t id) noexcept {
        const auto found = self.streams_.find(id);
        return found == self.streams_.end() ? nullptr : found->second;
    }
    static void touch(grpc_link& self, const std::shared_ptr<stream>& one) noexcept {
        if (!std::exchange(one->touched, true)) self.touched_.push_back(one);
    }

    static int header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t /*flags*/, void* user) noexcept {
        const auto one = of(*static_cast<grpc_link*>(user), frame->hd.stream_id);
        if (!one) return 0;
        const auto what = view(name, name_size);
        const auto said = view(value, value_size);
        if (what == ":status") one->status = number_of(said, 0);
        if (what == "grpc-status") one->grpc = number_of(said, 2);
        if (what == "grpc-message") one->words = percent_decoded(said);
        return 0;
    }

    static int data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* user) noexcept {
        auto& self = *static_cast<grpc_link*>(user);
        const auto one = of(self, id);
        if (!one) return 0;
        one->messages.feed(view(bytes, size));
        touch(self, one);
        return 0;
    }

    static int frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) noexcept {
        auto& self = *static_cast<grpc_link*>(user);
        if (frame->hd.type == NGHTTP2_SETTINGS) self.settings_seen_ = true;
        if (frame->hd.type == NGHTTP2_GOAWAY) self.goodbye_ = true;
        const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                          (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (!ends) return 0;
        if (const auto one = of(self, frame->hd.stream_id)) {
            one->answered = true;
            touch(self, one);
        }
        return 0;
    }

    static int closed(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t error,
                      void* user) noexcept {
        auto& self = *static_cast<grpc_link*>(user);
        if (const auto one = of(self, id)) {
            one->gone = true;
            one->error = error;
            touch(self, one);
        }
        return 0;
    }

    static ssize_t request(nghttp2_session* /*session*/, std::int32_t /*id*/, std::uint8_t* to,
                           std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                           void* /*user*/) noexcept {
        auto& one = *static_cast<stream*>(source->ptr);
        const auto count = std::min(room, one.request.size() - one.read);
        if (count == 0) return NGHTTP2_ERR_DEFERRED; // the rest of a request that stays open
        std::memcpy(to, one.request.data() + one.read, count);
        one.read += count;
        if (one.sent() && !one.stays_open) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
    }
};

void grpc_link::session_deleter::operator()(nghttp2_session* one) const {
    nghttp2_session_del(one);
}

grpc_link::grpc_link(const asio::any_io_executor& on, http_origin to, tls_choice tls)
    : on_(on), to_(std::move(to)) {
    tls.h2 = true;
    link_ = std::make_shared<http_link>(on, to_, std::move(tls));
}

grpc_link::~grpc_link() = default;

void grpc_link::open(listener who) {
    who_ = std::move(who);
    // The link drops these when it closes.
    link_->open({[self = shared_from_this()] { self->connected(); },
                 [self = shared_from_this()](std::string_view bytes) { self->received(bytes); },
                 [self = shared_from_this()](const std::string& reason, bool) { self->end(reason); },
                 [self = shared_from_this()] {
                     self->writing_ = false;
                     self->flush();
                 }});
}

void grpc_link::connected() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session* session = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) == 0) {
        nghttp2_session_callbacks_set_on_header_callback(callbacks, &hooks::header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &hooks::data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &hooks::frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &hooks::closed);
        nghttp2_session_client_new(&session, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
    }
    session_.reset(session);
    const std::array<nghttp2_settings_entry, 2> settings{
        {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}}};
    if (!session_ ||
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) != 0 ||
        nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, window) != 0) {
        end("no memory for a connection to " + to_.authority());
        return;
    }
    flush();
}

grpc_link::call_id grpc_link::start(call asked) {
    auto one = std::make_shared<stream>();
    one->request = grpc_frame(asked.message);
    one->stays_open = static_cast<bool>(asked.each);
    one->each = std::move(asked.each);
    one->done = std::move(asked.done);
    const auto authority = to_.authority();
    const std::array<nghttp2_nv, 6> head{field(":method", "POST"),
                                         field(":scheme", to_.tls ? "https" : "http"),
                                         field(":path", asked.path),
                                         field(":authority", authority),
                                         field("content-type", "application/grpc"),
                                         field("te", "trailers")};
    nghttp2_data_provider provider{};
    provider.source.ptr = one.get();
    provider.read_callback = &hooks::request;
    one->id = nghttp2_submit_request(session_.get(), nullptr, head.data(), head.size(), &provider, nullptr);
    streams_[one->id] = one;
    if (one->id < 0) {
        // All numbers of this connection are used up.
        goodbye_ = one->gone = true;
        hooks::touch(*this, one);
    }
    flush();
    return one->id;
}

http_answer::outcome grpc_link::cancel(call_id which) {
    const auto one = hooks::of(*this, which);
    if (!one) return http_answer::outcome::not_sent;
    one->done = nullptr;
    const auto became = one->unanswered();
    // The library reads from the request until the stream is closed.
    if (!one->gone) nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, which, NGHTTP2_CANCEL);
    flush();
    close_if_done();
    return became;
}

void grpc_link::received(std::string_view bytes) {
    heard_at_ = std::chrono::steady_clock::now();
    const auto taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (taken < 0) {
        end(to_.authority() +
            " does not speak HTTP/2 as gRPC needs it: " + nghttp2_strerror(static_cast<int>(taken)));
        return;
    }
    if (settings_seen_ && !std::exchange(ready_told_, true) && who_.ready) who_.ready();
    if (!closed_) deliver();
    if (!closed_) flush();
}

void grpc_link::flush() {
    if (closed_ || writing_ || !session_) return;
    std::string out;
    while (out.size() < most_write) {
        const std::uint8_t* piece = nullptr;
        const auto count = nghttp2_session_mem_send(session_.get(), &piece);
        if (count < 0) {
            asio::post(on_, [self = shared_from_this(), count] {
                self->end("the connection to " + self->to_.authority() +
                          " cannot go on: " + nghttp2_strerror(static_cast<int>(count)));
            });
            return;
        }
        if (count == 0) break;
        out.append(view(piece, static_cast<std::size_t>(count)));
    }
    if (!out.empty()) {
        writing_ = true;
        link_->write(std::move(out));
    } else if (nghttp2_session_want_read(session_.get()) == 0) {
        asio::post(on_, [self = shared_from_this()] {
            self->end(self->settings_seen_
                          ? self->to_.authority() + " ended the connection"
                          : self->to_.authority() + " does not speak HTTP/2 as gRPC needs it");
        });
    }
    if (!touched_.empty() && !delivering_) asio::post(on_, [self = shared_from_this()] { self->deliver(); });
}

void grpc_link::deliver() {
    if (std::exchange(delivering_, true)) return;
    // Those that were refused go elsewhere, not here again.
    if (goodbye_) leave(to_.authority() + " takes no more calls on this connection");
    while (!closed_ && !touched_.empty()) {
        for (const auto& one : std::exchange(touched_, {})) {
            if (!closed_) deliver(one);
        }
    }
    delivering_ = false;
    close_if_done();
}

void grpc_link::deliver(const std::shared_ptr<stream>& one) {
    one->touched = false;
    while (one->each && one->done) {
        const auto message = one->messages.next();
        if (!message) break;
        one->each(*message);
        if (closed_) return;
    }
    const bool over = one->answered || one->gone || one->messages.broken();
    // The request is not over where it stays open, or was too long for the engine to hear it out.
    const bool resets = one->stays_open || !one->sent() || one->messages.broken();
    if (over && one->done && !one->gone && resets)
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, one->id, NGHTTP2_CANCEL);
    if (one->gone) streams_.erase(one->id);
    if (over) finish(one);
}

void grpc_link::finish(const std::shared_ptr<stream>& one) {
    const auto done = std::exchange(one->done, nullptr);
    if (done) done(answer_of(*one));
}

http_answer grpc_link::answer_of(stream& one) const {
    http_answer with{.what = one.unanswered(), .status = one.status, .reason = to_.authority()};
    if (one.messages.broken()) {
        with.what = http_answer::outcome::lost;
        with.reason += " answered something that is no gRPC";
        return with;
    }
    if (!one.answered) {
        with.reason += " ended the call: ";
        with.reason += nghttp2_http2_strerror(one.error);
        return with;
    }
    with.what = http_answer::outcome::lost;
    if (one.grpc == 0 && !one.stays_open) {
        auto message = one.messages.next();
        if (!message || !one.messages.empty()) {
            with.reason += " answered something that is no gRPC";
            return with;
        }
        with.body = std::move(*message);
    } else if (one.grpc < 0 && one.status == 200) {
        with.reason += " ended its answer without a status";
        return with;
    }
    with.what = http_answer::outcome::answered;
    with.grpc = one.grpc;
    with.reason = std::move(one.words);
    return with;
}

void grpc_link::leave(const std::string& reason) {
    retired_ = true;
    const auto told = std::exchange(who_.ended, nullptr);
    if (told) told(reason);
}

void grpc_link::end(const std::string& reason) {
    if (closed_) return;
    const auto told = std::exchange(who_.ended, nullptr);
    const auto open = std::exchange(streams_, {});
    close();
    if (told) told(reason);
    for (const auto& [id, one] : open) {
        const auto done = std::exchange(one->done, nullptr);
        if (done) done({.what = one->unanswered(), .reason = reason});
    }
}

void grpc_link::retire() {
    retired_ = true;
    who_.ended = nullptr;
    close_if_done();
}

void grpc_link::close_if_done() {
    const bool idle = std::none_of(streams_.begin(), streams_.end(),
                                   [](const auto& one) { return static_cast<bool>(one.second->done); });
    if (retired_ && idle && !delivering_) close();
}

void grpc_link::close() {
    if (std::exchange(closed_, true)) return;
    link_->close();
    session_.reset();
    touched_.clear();
    // What is told to be closed may be one of their functions.
    asio::post(on_, [dropped = std::exchange(streams_, {}), who = std::exchange(who_, {})] {});
}

} // namespace mockfleet::replicated
