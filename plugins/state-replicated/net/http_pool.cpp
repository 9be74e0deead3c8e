// Hands requests to connections and answers back.
#include "net/http_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;

struct http_pool::job {
    explicit job(const asio::any_io_executor& on) : timer(on) {}
    std::string request;
    answer_done done;
    asio::steady_timer timer;
    std::weak_ptr<connection> over;
    bool sent = false;
};

struct http_pool::connection {
    std::shared_ptr<http_link> link;
    http_response_reader reader;
    job_ptr current;
};

http_pool::http_pool(const asio::any_io_executor& on, http_origin to, tls_choice tls)
    : on_(on), to_(std::move(to)), tls_(std::move(tls)) {}

void http_pool::exchange(std::string_view path, std::string_view body, std::chrono::milliseconds deadline,
                         answer_done done) {
    auto asked = std::make_shared<job>(on_);
    asked->request = http_request(to_.authority(), path, body);
    asked->done = std::move(done);
    if (closed_) {
        asio::post(on_, [asked] { answer(asked, {.reason = "closed"}); });
        return;
    }
    asked->timer.expires_after(deadline);
    asked->timer.async_wait([self = shared_from_this(), asked](const auto& cancelled) {
        if (!cancelled) self->expired(asked);
    });
    dispatch(asked);
}

void http_pool::dispatch(const job_ptr& asked) {
    if (!idle_.empty()) {
        auto over = std::move(idle_.back());
        idle_.pop_back();
        send(over, asked);
    } else if (all_.size() < most_connections) {
        open(asked);
    } else {
        waiting_.push_back(asked);
    }
}

void http_pool::open(const job_ptr& asked) {
    auto over = std::make_shared<connection>();
    over->link = std::make_shared<http_link>(on_, to_, tls_);
    over->current = asked;
    asked->over = over;
    all_.insert(over);
    // The link must not keep its own connection alive, hence the weak pointers.
    std::weak_ptr<connection> weak = over;
    over->link->open({[self = shared_from_this(), weak] {
                          const auto opened = weak.lock();
                          if (!opened) return;
                          if (opened->current) {
                              self->send(opened, opened->current);
                          } else {
                              self->idle_.push_back(opened);
                              self->next();
                          }
                      },
                      [self = shared_from_this(), weak](std::string_view bytes) {
                          if (const auto reading = weak.lock()) self->received(reading, bytes);
                      },
                      [self = shared_from_this(), weak](const std::string& reason, bool) {
                          if (const auto gone = weak.lock()) self->ended(gone, reason);
                      }});
}

void http_pool::send(const connection_ptr& over, const job_ptr& asked) {
    over->current = asked;
    asked->over = over;
    asked->sent = true;
    over->link->write(std::move(asked->request));
}

void http_pool::received(const connection_ptr& over, std::string_view bytes) {
    const auto now = over->reader.feed(bytes);
    if (now == http_response_reader::progress::broken || !over->current) {
        ended(over, to_.authority() + " answered something that is no HTTP");
        return;
    }
    if (now == http_response_reader::progress::done) finished(over);
}

void http_pool::finished(const connection_ptr& over) {
    const auto asked = std::exchange(over->current, nullptr);
    http_answer with{.what = http_answer::outcome::answered,
                     .status = over->reader.status(),
                     .json = over->reader.is_json(),
                     .body = std::move(over->reader.body())};
    const bool reusable =
        over->reader.keep_alive() && over->reader.start_next() == http_response_reader::progress::more;
    if (reusable)
        idle_.push_back(over);
    else
        drop(over);
    next();
    answer(asked, std::move(with));
}

void http_pool::ended(const connection_ptr& over, const std::string& reason) {
    const auto asked = std::exchange(over->current, nullptr);
    const bool whole = asked && asked->sent && over->reader.has_head() &&
                       over->reader.end_of_stream() == http_response_reader::progress::done;
    http_answer with{.what =
                         asked && asked->sent ? http_answer::outcome::lost : http_answer::outcome::not_sent,
                     .reason = reason};
    if (whole) {
        with = {.what = http_answer::outcome::answered,
                .status = over->reader.status(),
                .json = over->reader.is_json(),
                .body = std::move(over->reader.body())};
    }
    drop(over);
    next();
    if (asked) answer(asked, std::move(with));
}

void http_pool::expired(const job_ptr& asked) {
    if (!asked->done) return;
    const auto waits = std::find(waiting_.begin(), waiting_.end(), asked);
    if (waits != waiting_.end()) waiting_.erase(waits);
    if (const auto over = asked->over.lock()) {
        over->current = nullptr;
        drop(over);
    }
    next();
    answer(asked, {.what = asked->sent ? http_answer::outcome::lost : http_answer::outcome::not_sent,
                   .reason = to_.authority() + " did not answer in time"});
}

void http_pool::drop(const connection_ptr& over) {
    all_.erase(over);
    std::erase(idle_, over);
    over->link->close();
}

void http_pool::next() {
    while (!closed_ && !waiting_.empty() && (!idle_.empty() || all_.size() < most_connections)) {
        const auto asked = std::move(waiting_.front());
        waiting_.pop_front();
        dispatch(asked);
    }
}

void http_pool::answer(const job_ptr& asked, http_answer with) {
    asked->timer.cancel();
    const auto done = std::exchange(asked->done, nullptr);
    if (done) done(std::move(with));
}

void http_pool::close() {
    closed_ = true;
    std::vector<job_ptr> unanswered(waiting_.begin(), waiting_.end());
    waiting_.clear();
    for (const auto& over : all_) {
        if (over->current) unanswered.push_back(std::exchange(over->current, nullptr));
        over->link->close();
    }
    all_.clear();
    idle_.clear();
    for (const auto& asked : unanswered) {
        answer(asked, {.what = asked->sent ? http_answer::outcome::lost : http_answer::outcome::not_sent,
                       .reason = "the client was closed"});
    }
}

} // namespace mockfleet::replicated
