// One coroutine per forwarded request: what the upstream sends is passed on piece by piece, as fast as the
// client takes it.
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

/// Lives until its coroutine has ended.
class forwarding::relay final : public http::answer_stream::writer {
public:
    relay(worker& home, const std::string& mark, std::shared_ptr<upstream::client> client)
        : home_(home), mark_(mark), exchange_(std::move(client)) {}

    void prepare(forwarded_request what);
    void attach(std::unique_ptr<http::answer_stream> stream) { stream_ = std::move(stream); }
    [[nodiscard]] const std::shared_ptr<store::forwarded_answer>& outcome() const { return outcome_; }

    static upstream::task<void> run(std::shared_ptr<relay> self);
    void give_up(const std::exception_ptr& bug);

    void on_drained() override { exchange_.wake(); }
    void on_client_gone() override { exchange_.interrupt(upstream::failure::kind::cancelled); }

private:
    using outcome_of_reading = upstream::response_reader::outcome;

    [[nodiscard]] bool comes_from_here(const upstream::response_head& head) const;
    void look_at(const upstream::response_head& head);
    [[nodiscard]] outcome_of_reading read_what_came();
    void begin_answer(const upstream::response_head& head, actions::relayed_body body);
    void keep(std::string_view piece);
    void take_piece(std::string_view piece);
    [[nodiscard]] upstream::task<void> pass_on();
    void end_answer();
    void refuse(int status, std::string body);
    void fail(const upstream::failure& why);

    worker& home_;
    const std::string& mark_;
    upstream::exchange exchange_;
    std::unique_ptr<http::answer_stream> stream_;
    std::shared_ptr<store::forwarded_answer> outcome_ = std::make_shared<store::forwarded_answer>();
    upstream::order order_;
    std::int64_t delay_ns_ = 0;
    actions::header_list extra_;
    bool keep_alive_ = true;
    bool takes_chunks_ = true;

    int status_ = 0;
    actions::relayed_body body_ = actions::relayed_body::as_announced;
    http::content_coding coding_ = http::content_coding::identity;
    std::size_t most_kept_ = 0;
    std::string kept_head_;
    std::string kept_body_;
    std::string first_; // of the body, what came together with the head
    std::string out_;   // for the client
    bool begun_ = false;
    bool full_ = false; // the client does not keep up
};

void forwarding::relay::prepare(forwarded_request what) {
    const auto& request = *what.request;
    order_.to = std::move(what.to);
    order_.body =
        request.method == "HEAD" ? upstream::expected_body::none : upstream::expected_body::as_framed;
    order_.repeatable = is_idempotent(request.method);
    order_.connect_limit = what.connect_limit;
    actions::forwarded_request how;
    how.host = what.host;
    how.path = what.path;
    how.loop_header = what.loop_header;
    how.loop_mark = mark_;
    order_.bytes = actions::write_forwarded(request, how);
    delay_ns_ = what.delay_ns;
    extra_ = std::move(what.extra);
    keep_alive_ = what.keep_alive;
    takes_chunks_ = what.takes_chunks;
}

upstream::task<void> forwarding::relay::run(std::shared_ptr<relay> self) {
    auto& made = *self;
    if (made.delay_ns_ > 0) co_await made.exchange_.sleep(std::chrono::nanoseconds(made.delay_ns_));
    if (const auto problem = co_await made.exchange_.begin(std::move(made.order_))) {
        made.fail(*problem);
        co_return;
    }
    auto& reader = made.exchange_.reader();
    if (made.comes_from_here(reader.head())) {
        made.outcome_->failed("the request came back to this server", not_found, {});
        made.refuse(not_found, {});
        co_return;
    }
    made.look_at(reader.head());
    for (auto got = made.read_what_came();; got = reader.next()) {
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

/// Most answers come in one piece: those get a length and are sent at once. The others are relayed as they
/// come. Answers what the reader said last.
forwarding::relay::outcome_of_reading forwarding::relay::read_what_came() {
    using framing = upstream::response_head::framing;
    auto& reader = exchange_.reader();
    const auto& head = reader.head();
    auto got = reader.next();
    for (; got == outcome_of_reading::piece; got = reader.next())
        first_ += reader.piece();
    if (got == outcome_of_reading::broken) return got;
    const bool whole = got == outcome_of_reading::complete;
    if (head.body == framing::none || head.body == framing::length)
        begin_answer(head, actions::relayed_body::as_announced);
    else if (whole)
        begin_answer(head, actions::relayed_body::counted);
    else
        begin_answer(head,
                     takes_chunks_ ? actions::relayed_body::chunked : actions::relayed_body::until_close);
    if (!first_.empty()) take_piece(first_);
    first_.clear();
    return got;
}

void forwarding::relay::begin_answer(const upstream::response_head& head, actions::relayed_body body) {
    body_ = body;
    if (body_ == actions::relayed_body::until_close) keep_alive_ = false;
    const actions::relayed_head relayed{head.status, head.reason, head.headers, body_, first_.size()};
    kept_head_ = actions::write_received(relayed);
    out_ = actions::write_relayed(relayed, keep_alive_, extra_);
    out_.reserve(out_.size() + first_.size() + 16);
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

void forwarding::relay::end_answer() {
    if (body_ == actions::relayed_body::chunked) out_ += actions::last_chunk;
    if (coding_ != http::content_coding::identity && !kept_body_.empty()) {
        std::string decoded;
        if (http::decode_body(coding_, kept_body_, exchange_.settings().limits.body, 0, decoded) ==
            http::decoding::done) {
            kept_body_ = std::move(decoded);
            remove_header(kept_head_, "content-encoding");
            remove_header(kept_head_, "content-length");
        }
    }
    // The log has it before the client.
    outcome_->answered(std::move(kept_head_), std::move(kept_body_), status_);
    exchange_.complete();
    std::exchange(stream_, nullptr)
        ->finish(std::move(out_), keep_alive_ ? http::after_answer::keep_open : http::after_answer::close);
}

void forwarding::relay::refuse(int status, std::string body) {
    exchange_.complete();
    auto answer = actions::plain_answer(status, extra_, body, keep_alive_);
    std::exchange(stream_, nullptr)
        ->finish(std::move(answer.bytes),
                 answer.close ? http::after_answer::close : http::after_answer::keep_open);
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
    refuse(bad_gateway, std::move(body));
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
    const auto made = std::make_shared<relay>(home, mark_, home.client);
    what.recorded.forwarded = made->outcome();
    log_.record(slot, what.recorded);
    made->prepare(std::move(what));
    made->attach(answer.stream(*made));
    asio::co_spawn(executor, relay::run(made), [made](const std::exception_ptr& bug) {
        if (bug) made->give_up(bug);
    });
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
