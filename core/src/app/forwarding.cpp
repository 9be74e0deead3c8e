// What the upstream sends is passed on: at once when all of it is there, else by a coroutine piece by piece,
// as fast as the client takes it.
#include "app/forwarding.hpp"

#include "actions/forward_messages.hpp"
#include "actions/prepared_response.hpp"
#include "base/ascii.hpp"
#include "base/log.hpp"
#include "http/body_decoder.hpp"
#include "upstream/client.hpp"
#include "upstream/exchange.hpp"
#include "upstream/route.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace mockfleet::app {

namespace asio = boost::asio;

namespace {

constexpr std::size_t uncopied_from = 16 * 1024; // larger pieces are written from where they are
constexpr int bad_gateway = 502;
constexpr int not_found = 404;

/// Only one thread writes it.
void count(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// RFC 9110 9.2.2
bool is_idempotent(std::string_view method) {
    static constexpr std::array<std::string_view, 6> methods{"GET",    "HEAD",    "PUT",
                                                             "DELETE", "OPTIONS", "TRACE"};
    for (const auto one : methods) {
        if (method == one) return true;
    }
    return false;
}

bool is_event_stream(std::span<const model::header_view> headers) {
    constexpr std::string_view type = "text/event-stream";
    return base::equal_ignoring_case(model::find_header(headers, "content-type").substr(0, type.size()),
                                     type);
}

/// What the client is told of a failure; the log has more. Empty: only the status.
std::string told(const upstream::failure& why) {
    using kind = upstream::failure::kind;
    switch (why.what) {
    case kind::refused:
        return "upstream refused the connection: check the upstream is running and listening on the port "
               "forwarded to";
    case kind::unknown:
        return "upstream host name could not be resolved: check it is spelled correctly and resolves where "
               "MockServer "
               "runs (its DNS, hosts file or container network)";
    case kind::malformed:
        return "response from the upstream could not be decoded: " + why.reason;
    case kind::tls:
    case kind::blocked:
        return why.reason;
    default:
        return {};
    }
}

/// Takes the headers of that name out of a head.
void remove_header(std::string& head, std::string_view name) {
    for (auto at = head.find("\r\n"); at != std::string::npos;) {
        const auto line = std::string_view(head).substr(at + 2);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            base::equal_ignoring_case(line.substr(0, name.size()), name))
            head.erase(at + 2, line.find("\r\n") + 2);
        else
            at = head.find("\r\n", at + 2);
    }
}

} // namespace

/// Lives until what it waits for has come: the first bytes of the answer, or the end of its coroutine.
class forwarding::relay final : public http::answer_stream::writer {
public:
    relay(forwarding& home, std::size_t slot)
        : home_(*home.workers_[slot]), log_(home.log_), mark_(home.mark_), slot_(slot),
          exchange_(home_.client) {}

    void prepare(forwarded_request what);
    void attach(std::unique_ptr<http::answer_stream> stream) { stream_ = std::move(stream); }
    [[nodiscard]] const std::shared_ptr<store::forwarded_answer>& outcome() const { return outcome_; }

    /// Most answers come at once from a connection that is there: those need no coroutine.
    static void start(std::shared_ptr<relay> self, const http::executor& where);

    void on_drained() override { exchange_.wake(); }
    void on_client_gone() override { exchange_.interrupt(upstream::failure::kind::cancelled); }

private:
    using outcome_of_reading = upstream::response_reader::outcome;
    struct first_read;

    static void go_on(std::shared_ptr<relay> self, const http::executor& where);
    [[nodiscard]] static upstream::task<void> run(std::shared_ptr<relay> self);
    void give_up(const std::exception_ptr& bug);

    [[nodiscard]] bool comes_from_here(const upstream::response_head& head) const;
    void look_at(const upstream::response_head& head);
    [[nodiscard]] bool take_head();
    void begin_answer(const upstream::response_head& head, actions::relayed_body body);
    void keep(std::string_view piece);
    void take_piece(std::string_view piece);
    [[nodiscard]] upstream::task<void> pass_on();
    void end_at_once(const upstream::response_head& head, std::string_view body);
    void end_answer();
    void decode_kept();
    void refuse(int status, std::string_view body);
    void fail(const upstream::failure& why);

    worker& home_;
    store::event_log& log_;
    const std::string& mark_;
    const std::size_t slot_;
    upstream::exchange exchange_;
    std::unique_ptr<http::answer_stream> stream_;
    std::shared_ptr<store::forwarded_answer> outcome_ = std::make_shared<store::forwarded_answer>();
    std::int64_t delay_ns_ = 0;
    actions::header_list extra_;
    bool keep_alive_ = true;
    bool head_only_ = false; // the client takes no body
    bool takes_chunks_ = true;

    int status_ = 0;
    actions::relayed_body body_ = actions::relayed_body::as_announced;
    http::content_coding coding_ = http::content_coding::identity;
    std::size_t most_kept_ = 0;
    std::string kept_head_;
    std::string kept_body_;
    std::string out_;   // for the client
    bool head_ = false; // of the answer is there
    bool begun_ = false;
    bool full_ = false; // the client does not keep up
};

struct forwarding::relay::first_read {
    std::shared_ptr<relay> self;
    http::executor where;

    void operator()(const boost::system::error_code& ec, std::size_t bytes) const {
        auto& made = *self;
        try {
            made.exchange_.received(ec, bytes);
            if (!ec && made.exchange_.reader().next() == outcome_of_reading::head && made.take_head()) return;
        } catch (const std::exception&) {
            return made.give_up(std::current_exception());
        }
        go_on(self, where);
    }
};

void forwarding::relay::prepare(forwarded_request what) {
    const auto& request = *what.request;
    upstream::order order;
    order.to = std::move(what.to);
    order.body =
        request.method == "HEAD" ? upstream::expected_body::none : upstream::expected_body::as_framed;
    order.repeatable = is_idempotent(request.method);
    order.connect_limit = what.connect_limit;
    actions::forwarded_request how;
    how.host = what.host;
    how.path = what.path;
    how.loop_header = what.loop_header;
    how.loop_mark = mark_;
    order.bytes = actions::write_forwarded(request, how);
    exchange_.set(std::move(order));
    delay_ns_ = what.delay_ns;
    extra_ = std::move(what.extra);
    keep_alive_ = what.keep_alive;
    head_only_ = request.method == "HEAD";
    takes_chunks_ = what.takes_chunks;
}

void forwarding::relay::start(std::shared_ptr<relay> self, const http::executor& where) {
    auto& exchange = self->exchange_;
    if (self->delay_ns_ > 0 || !exchange.begin_at_once()) return go_on(std::move(self), where);
    exchange.read_at_once(first_read{std::move(self), where});
}

void forwarding::relay::go_on(std::shared_ptr<relay> self, const http::executor& where) {
    asio::co_spawn(where, relay::run(self), [self](const std::exception_ptr& bug) {
        if (bug) self->give_up(bug);
    });
}

upstream::task<void> forwarding::relay::run(std::shared_ptr<relay> self) {
    auto& made = *self;
    if (!made.head_) {
        if (made.delay_ns_ > 0) co_await made.exchange_.sleep(std::chrono::nanoseconds(made.delay_ns_));
        if (const auto problem = co_await made.exchange_.begin()) {
            made.fail(*problem);
            co_return;
        }
        if (made.take_head()) co_return;
    }
    auto& reader = made.exchange_.reader();
    for (auto got = reader.next();; got = reader.next()) {
        if (got == outcome_of_reading::piece) {
            made.take_piece(reader.piece());
        } else if (got == outcome_of_reading::complete) {
            made.end_answer();
            co_return;
        } else if (got == outcome_of_reading::broken) {
            made.fail(
                {reader.cut_off() ? upstream::failure::kind::closed : upstream::failure::kind::malformed,
                 reader.why()});
            co_return;
        } else {
            co_await made.pass_on();
            if (const auto problem = co_await made.exchange_.receive()) {
                made.fail(*problem);
                co_return;
            }
        }
    }
}

/// The 404 of a server that has seen its own mark (core.md 3.12, "Loop guard").
bool forwarding::relay::comes_from_here(const upstream::response_head& head) const {
    return head.status == not_found && model::find_header(head.headers, upstream::loop_header) == mark_;
}

void forwarding::relay::look_at(const upstream::response_head& head) {
    const auto& options = exchange_.settings();
    const bool streams = is_event_stream(head.headers);
    if (streams) exchange_.allow_silence(options.stream_silence_limit);
    most_kept_ = streams ? options.most_kept_of_stream : options.limits.body;
    coding_ = http::content_coding_of(model::find_header(head.headers, "content-encoding"));
    status_ = head.status;
}

/// Most answers come in one piece: those get a length and are sent at once, and then true is answered. The
/// others are relayed as they come.
bool forwarding::relay::take_head() {
    using framing = upstream::response_head::framing;
    auto& reader = exchange_.reader();
    const auto& head = reader.head();
    head_ = true;
    if (comes_from_here(head)) {
        outcome_->failed("the request came back to this server", not_found, {});
        refuse(not_found, {});
        return true;
    }
    look_at(head);
    std::string joined;
    std::string_view body;
    auto got = reader.next();
    if (got == outcome_of_reading::piece) {
        body = reader.piece();
        while ((got = reader.next()) == outcome_of_reading::piece) {
            if (joined.empty()) joined = body;
            joined += reader.piece();
        }
        if (!joined.empty()) body = joined;
    }
    if (got == outcome_of_reading::complete) {
        end_at_once(head, body);
        return true;
    }
    if (got == outcome_of_reading::broken) return false;
    if (head.body == framing::none || head.body == framing::length)
        begin_answer(head, actions::relayed_body::as_announced);
    else
        begin_answer(head,
                     takes_chunks_ ? actions::relayed_body::chunked : actions::relayed_body::until_close);
    if (!body.empty()) take_piece(body);
    return false;
}

void forwarding::relay::begin_answer(const upstream::response_head& head, actions::relayed_body body) {
    body_ = body;
    if (body_ == actions::relayed_body::until_close) keep_alive_ = false;
    const actions::relayed_head relayed{head.status, head.reason, head.headers, body_, 0};
    actions::write_received(kept_head_, relayed);
    actions::write_relayed(out_, relayed, keep_alive_, extra_);
}

void forwarding::relay::keep(std::string_view piece) {
    kept_body_.append(piece.substr(0, most_kept_ - std::min(most_kept_, kept_body_.size())));
}

void forwarding::relay::take_piece(std::string_view piece) {
    keep(piece);
    if (body_ == actions::relayed_body::chunked) {
        actions::append_chunk(out_, piece);
    } else if (out_.empty() && piece.size() >= uncopied_from) {
        begun_ = true;
        full_ = !stream_->write(piece);
    } else {
        out_ += piece;
    }
}

/// Writes what there is and waits while the client has too much before it.
upstream::task<void> forwarding::relay::pass_on() {
    if (!out_.empty()) {
        begun_ = true;
        full_ = !stream_->write(out_);
        out_.clear();
    }
    if (!full_) co_return;
    full_ = false;
    co_await exchange_.wait();
}

/// The whole answer is there, and only its copy for the log is made.
void forwarding::relay::end_at_once(const upstream::response_head& head, std::string_view body) {
    using framing = upstream::response_head::framing;
    const bool announced = head.body == framing::none || head.body == framing::length;
    const actions::relayed_head relayed{
        head.status, head.reason, head.headers,
        announced ? actions::relayed_body::as_announced : actions::relayed_body::counted, body.size()};
    auto& text = home_.head;
    text.clear();
    actions::write_received(text, relayed);
    if (coding_ != http::content_coding::identity && !body.empty()) {
        kept_head_ = text;
        keep(body);
        decode_kept();
        outcome_->answered(std::move(kept_head_), std::move(kept_body_), status_);
    } else {
        const auto kept = body.substr(0, most_kept_);
        auto [owner, at] = log_.room_for_answer(slot_, text.size() + kept.size());
        const std::string_view kept_head(at, text.size());
        std::copy(text.begin(), text.end(), at);
        std::copy(kept.begin(), kept.end(), at + text.size());
        outcome_->answered(std::move(owner), kept_head, {at + text.size(), kept.size()}, status_);
    }
    text.clear();
    actions::write_relayed(text, relayed, keep_alive_, extra_);
    exchange_.complete();
    // The client's next request may be forwarded before finish() returns.
    auto own = std::move(text);
    std::exchange(stream_, nullptr)
        ->finish(own, body, keep_alive_ ? http::after_answer::keep_open : http::after_answer::close);
    home_.head = std::move(own);
}

void forwarding::relay::end_answer() {
    if (body_ == actions::relayed_body::chunked) out_ += actions::last_chunk;
    if (coding_ != http::content_coding::identity && !kept_body_.empty()) decode_kept();
    // The log has it before the client.
    outcome_->answered(std::move(kept_head_), std::move(kept_body_), status_);
    exchange_.complete();
    std::exchange(stream_, nullptr)
        ->finish(out_, {}, keep_alive_ ? http::after_answer::keep_open : http::after_answer::close);
}

void forwarding::relay::decode_kept() {
    std::string decoded;
    if (http::decode_body(coding_, kept_body_, exchange_.settings().limits.body, 0, decoded) !=
        http::decoding::done)
        return;
    kept_body_ = std::move(decoded);
    remove_header(kept_head_, "content-encoding");
    remove_header(kept_head_, "content-length");
}

void forwarding::relay::refuse(int status, std::string_view body) {
    exchange_.complete();
    auto answer = actions::plain_answer(status, extra_, body, keep_alive_);
    if (head_only_) answer.bytes.resize(answer.head_size);
    std::exchange(stream_, nullptr)
        ->finish(answer.bytes, {}, answer.close ? http::after_answer::close : http::after_answer::keep_open);
}

void forwarding::relay::fail(const upstream::failure& why) {
    count(home_.failed);
    auto body = told(why);
    outcome_->failed(why.reason, bad_gateway, body);
    if (begun_ || why.what == upstream::failure::kind::cancelled) {
        exchange_.complete();
        stream_.reset(); // what the client has is cut off
        return;
    }
    refuse(bad_gateway, body);
}

void forwarding::relay::give_up(const std::exception_ptr& bug) {
    try {
        std::rethrow_exception(bug);
    } catch (const std::exception& known) {
        base::log::error("request-failed", "a request could not be answered", {{"error", known.what()}});
    }
    if (outcome_->now() == store::forwarded_answer::state::waiting)
        outcome_->failed("an internal error", bad_gateway, {});
    stream_.reset();
}

forwarding::forwarding(store::event_log& log, std::size_t io_threads, std::string mark)
    : log_(log), mark_(std::move(mark)) {
    for (std::size_t i = 0; i < io_threads; ++i)
        workers_.push_back(std::make_unique<worker>());
}

forwarding::~forwarding() = default;

void forwarding::start(forwarded_request what, const std::shared_ptr<const upstream::options>& how,
                       http::responder& answer, std::size_t slot) {
    auto& home = *workers_[slot];
    const auto executor = *answer.home().target<http::executor>();
    if (!home.client) home.client = std::make_shared<upstream::client>(executor, names_);
    home.client->use(how);
    count(home.sent);
    auto made = std::make_shared<relay>(*this, slot);
    what.recorded.forwarded = made->outcome();
    log_.record(slot, what.recorded);
    made->prepare(std::move(what));
    made->attach(answer.stream(*made));
    relay::start(std::move(made), executor);
}

void forwarding::stop(std::size_t slot) {
    if (const auto client = std::move(workers_[slot]->client)) client->stop();
}

forwarding::counts forwarding::counted() const {
    counts sum;
    for (const auto& one : workers_) {
        sum.sent += one->sent.load(std::memory_order_relaxed);
        sum.failed += one->failed.load(std::memory_order_relaxed);
    }
    return sum;
}

} // namespace mockfleet::app
