// A page: the entries one after another, expectations and responses written out where they are first met and
// numbered from then on; last the mark of the next page.
#include "store/log_transfer.hpp"

#include "model/codec.hpp"
#include "store/log_segment.hpp"
#include "store/packed.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace {

enum class tag : std::uint8_t { end = 0, exchange = 1, note = 2 };
/// Where an exchange's response is found; `listed` and above: in the expectation's list of responses.
enum response_place : std::uint64_t {
    none = 0,
    of_definition = 1,
    own = 2,
    of_upstream = 3, ///< followed by the state and what it needs
    listed = 4,
};

constexpr std::uint8_t keep_alive_flag = 1;
constexpr std::uint8_t secure_flag = 2;
constexpr std::uint8_t detailed_flag = 4;
constexpr std::size_t parser_padding = 64;

base::error damaged() {
    return {base::errc::internal, "log entries of another node cannot be read"};
}

std::string response_text(const model::response& source) {
    model::expectation around;
    around.response = source;
    return json::compact(model::to_stored_json(around));
}

class page_writer {
public:
    explicit page_writer(packer& out) : out_(out) {}

    void add(const recorded_exchange& made) {
        out_.byte(static_cast<std::uint8_t>(tag::exchange));
        stamps(made);
        const auto& request = made.request;
        out_.byte(static_cast<std::uint8_t>((request.keep_alive ? keep_alive_flag : 0) |
                                            (request.secure ? secure_flag : 0) |
                                            (made.detailed ? detailed_flag : 0)));
        out_.byte(static_cast<std::uint8_t>(request.version));
        out_.number(made.status);
        for (const auto text : {request.method, request.path, request.query, request.local_address,
                                request.remote_address, request.body, request.original_body})
            out_.text(text);
        out_.number(request.headers.size());
        for (const auto& header : request.headers) {
            out_.text(header.name);
            out_.text(header.value);
        }
        expectation(made.served_by);
        response(made);
    }

    void add(const recorded_note& made) {
        out_.byte(static_cast<std::uint8_t>(tag::note));
        stamps(made);
        out_.byte(static_cast<std::uint8_t>(made.type));
        out_.byte(static_cast<std::uint8_t>(made.level));
        out_.text(made.format);
        out_.number(made.arguments.size());
        for (const auto& one : made.arguments) {
            out_.byte(static_cast<std::uint8_t>(one.what));
            out_.text(one.text);
        }
        expectation(made.about);
        out_.text(made.request != nullptr ? encode(*made.request) : std::string());
    }

private:
    template <class Entry>
    void stamps(const Entry& made) {
        out_.fixed(made.stamp_ns);
        out_.fixed(made.wall_ns);
        out_.fixed(made.correlation);
    }

    /// 0 = none; a number known already; else the next number and the text.
    void expectation(const live_expectation* one) {
        if (one == nullptr) return out_.number(0);
        const auto [at, first] = expectations_.emplace(one, expectations_.size() + 1);
        out_.number(at->second);
        if (first) out_.text(json::compact(model::to_stored_json(one->definition)));
    }

    void response(const recorded_exchange& made) {
        const auto* answered = made.response;
        if (made.forwarded != nullptr) return forwarded(*made.forwarded);
        if (answered == nullptr) return out_.number(none);
        if (made.served_by != nullptr) {
            const auto& definition = made.served_by->definition;
            if (definition.response && answered == &*definition.response) return out_.number(of_definition);
            for (std::size_t i = 0; i < definition.responses.size(); ++i) {
                if (answered == &definition.responses[i]) return out_.number(listed + i);
            }
        }
        out_.number(own);
        out_.text(response_text(*answered));
    }

    void forwarded(const forwarded_answer& answer) {
        const auto reached = answer.now();
        out_.number(of_upstream);
        out_.byte(static_cast<std::uint8_t>(reached));
        if (reached == forwarded_answer::state::waiting) return;
        out_.number(answer.status());
        out_.text(answer.head());
        out_.text(answer.body());
    }

    packer& out_;
    std::unordered_map<const live_expectation*, std::size_t> expectations_;
};

class page_reader {
public:
    explicit page_reader(unpacker& in) : in_(in) {}

    /// nullptr for none; sound() of the input tells when it could not be read.
    std::shared_ptr<const live_expectation> expectation() {
        const auto number = in_.number();
        if (number == 0) return nullptr;
        if (number <= expectations_.size()) return expectations_[number - 1];
        if (number != expectations_.size() + 1) return failed();
        const auto document = json::read_tolerant(in_.text());
        if (!document) return failed();
        auto definition = model::expectation_from_json(*document);
        if (!definition) return failed();
        auto made = std::make_shared<live_expectation>();
        made->definition = std::move(*definition);
        made->priority = made->definition.priority;
        expectations_.push_back(std::move(made));
        return expectations_.back();
    }

    bool read(exchange& out, recorded_exchange& from, std::uint64_t& correlation) {
        stamps(out.stamp_ns, out.wall_ns, correlation);
        auto& request = from.request;
        const auto flags = in_.byte();
        request.keep_alive = (flags & keep_alive_flag) != 0;
        request.secure = (flags & secure_flag) != 0;
        from.detailed = (flags & detailed_flag) != 0;
        const auto version = in_.byte();
        if (version > static_cast<std::uint8_t>(model::protocol::http_3)) return false;
        request.version = static_cast<model::protocol>(version);
        const auto status = in_.number();
        if (status > std::numeric_limits<std::uint16_t>::max()) return false;
        out.status = static_cast<std::uint16_t>(status);
        for (auto* text : {&request.method, &request.path, &request.query, &request.local_address,
                           &request.remote_address, &request.body, &request.original_body})
            *text = in_.text();
        from.headers.clear();
        const auto headers = in_.count();
        for (std::size_t i = 0; i < headers && in_.sound(); ++i) {
            const auto name = in_.text();
            from.headers.push_back({name, in_.text()});
        }
        request.headers = from.headers;
        out.request = &request;
        served_by_ = expectation();
        out.served_by = served_by_.get();
        return response(out) && in_.sound();
    }

    bool read(note& out, std::int64_t& stamp, std::int64_t& wall, std::uint64_t& correlation) {
        stamps(stamp, wall, correlation);
        const auto type = in_.byte();
        const auto level = in_.byte();
        if (type > static_cast<std::uint8_t>(entry_type::exception) ||
            level > static_cast<std::uint8_t>(base::log::level::off))
            return false;
        out.type = static_cast<entry_type>(type);
        out.level = static_cast<base::log::level>(level);
        out.format = in_.text();
        out.arguments.clear();
        const auto arguments = in_.count();
        for (std::size_t i = 0; i < arguments && in_.sound(); ++i) {
            const auto what = in_.byte();
            if (what > static_cast<std::uint8_t>(note_argument::kind::request)) return false;
            out.arguments.push_back({static_cast<note_argument::kind>(what), in_.text()});
        }
        served_by_ = expectation();
        out.about = served_by_.get();
        const auto matcher = in_.text();
        out.request.reset();
        if (!matcher.empty()) {
            auto read = decode_matcher(matcher);
            if (!read) return false;
            out.request = std::make_shared<const model::request_matcher>(std::move(*read));
        }
        return in_.sound();
    }

private:
    std::shared_ptr<const live_expectation> failed() {
        in_.fail();
        return nullptr;
    }

    void stamps(std::int64_t& stamp, std::int64_t& wall, std::uint64_t& correlation) {
        stamp = in_.fixed_signed();
        wall = in_.fixed_signed();
        correlation = in_.fixed();
    }

    std::shared_ptr<forwarded_answer> forwarded() {
        auto made = std::make_shared<forwarded_answer>();
        const auto reached = in_.byte();
        if (reached == static_cast<std::uint8_t>(forwarded_answer::state::waiting)) return made;
        const auto status = in_.number();
        if (status > std::numeric_limits<std::uint16_t>::max()) return nullptr;
        std::string head(in_.text());
        std::string body(in_.text());
        if (reached == static_cast<std::uint8_t>(forwarded_answer::state::answered))
            made->answered(std::move(head), std::move(body), static_cast<int>(status));
        else if (reached == static_cast<std::uint8_t>(forwarded_answer::state::failed))
            made->failed(std::move(head), static_cast<int>(status), std::move(body));
        else
            return nullptr;
        return made;
    }

    bool response(exchange& out) {
        out.response = nullptr;
        out.response_owner.reset();
        const auto place = in_.number();
        out.forwarded.reset();
        if (place == none) return true;
        if (place == of_upstream) {
            out.forwarded = forwarded();
            return out.forwarded != nullptr;
        }
        if (place == own) {
            const auto document = json::read_tolerant(in_.text());
            if (!document) return false;
            auto around = model::expectation_from_json(*document);
            if (!around || !around->response) return false;
            auto kept = std::make_shared<const model::response>(std::move(*around->response));
            out.response = kept.get();
            out.response_owner = std::move(kept);
            return true;
        }
        if (out.served_by == nullptr) return false;
        const auto& definition = out.served_by->definition;
        if (place == of_definition) {
            if (!definition.response) return false;
            out.response = &*definition.response;
            return true;
        }
        if (place - listed >= definition.responses.size()) return false;
        out.response = &definition.responses[place - listed];
        return true;
    }

    unpacker& in_;
    std::vector<std::shared_ptr<const live_expectation>> expectations_;
    std::shared_ptr<const live_expectation> served_by_;
};

/// The first entry behind the mark. Among entries of one stamp the order is the same in every snapshot.
std::size_t first_after(const log_snapshot& snapshot, const page_mark& mark) {
    std::size_t begin = 0;
    std::size_t end = snapshot.size();
    while (begin < end) {
        const auto middle = begin + (end - begin) / 2;
        if (snapshot.stamp_ns(middle) < mark.stamp)
            begin = middle + 1;
        else
            end = middle;
    }
    auto at = begin;
    for (; at < snapshot.size() && snapshot.stamp_ns(at) == mark.stamp; ++at) {
        if (snapshot.correlation(at) == mark.correlation) return at + 1;
    }
    // The entry is gone: so are those before it.
    return begin;
}

} // namespace

std::string pack_page(const log_snapshot& snapshot, const log_query& query,
                      const std::optional<page_mark>& after, std::int64_t now, std::size_t most_bytes) {
    packer out;
    page_writer writer(out);
    log_filter wanted(query);
    const auto until = after ? after->until : now;
    recorded_exchange made;
    recorded_note written;
    std::optional<page_mark> next;
    for (auto index = after ? first_after(snapshot, *after) : 0; index < snapshot.size(); ++index) {
        if (snapshot.stamp_ns(index) > until) break;
        if (query.visible_only && !snapshot.visible(index)) continue;
        if (snapshot.is_note(index)) {
            if (!query.notes) continue;
            snapshot.read(index, written);
            if (!wanted(written)) continue;
            writer.add(written);
            next = page_mark{written.stamp_ns, written.correlation, until};
        } else {
            snapshot.read(index, made);
            if (!wanted(made)) continue;
            writer.add(made);
            next = page_mark{made.stamp_ns, made.correlation, until};
        }
        if (out.size() < most_bytes) continue;
        out.byte(static_cast<std::uint8_t>(tag::end));
        out.byte(1);
        out.fixed(next->stamp);
        out.fixed(next->correlation);
        out.fixed(next->until);
        return out.take();
    }
    out.byte(static_cast<std::uint8_t>(tag::end));
    out.byte(0);
    return out.take();
}

base::result<unpacked_page> unpack_page(std::string_view bytes) {
    unpacker in(bytes);
    page_reader reader(in);
    unpacked_page page;
    struct read_entry {
        exchange made;
        recorded_exchange storage;
        note written;
        bool is_note = false;
        std::int64_t stamp = 0;
        std::int64_t wall = 0;
        std::uint64_t correlation = 0;
    };
    // Read first, so that one segment can be made that has room for all. On the heap, because exchanges point
    // into their storage.
    std::vector<std::unique_ptr<read_entry>> entries;
    std::size_t room = 0;
    for (;;) {
        const auto next = static_cast<tag>(in.byte());
        if (!in.sound()) return damaged();
        if (next == tag::end) break;
        auto one = std::make_unique<read_entry>();
        if (next == tag::exchange) {
            if (!reader.read(one->made, one->storage, one->correlation)) return damaged();
            room += log_segment::room_for(one->made);
        } else if (next == tag::note) {
            one->is_note = true;
            if (!reader.read(one->written, one->stamp, one->wall, one->correlation)) return damaged();
            room += log_segment::room_for(one->written);
        } else {
            return damaged();
        }
        entries.push_back(std::move(one));
    }
    if (in.byte() != 0) {
        page.next.emplace();
        page.next->stamp = in.fixed_signed();
        page.next->correlation = in.fixed();
        page.next->until = in.fixed_signed();
    }
    if (!in.ended()) return damaged();
    if (entries.empty()) return page;
    page.entries = std::make_shared<log_segment>(std::make_shared<slab_pool>(0), room + parser_padding, 0);
    for (const auto& one : entries) {
        if (one->is_note)
            page.entries->append(one->written, one->stamp, one->wall);
        else
            page.entries->append(one->made, one->storage.detailed);
        page.entries->keep_correlation(one->correlation);
    }
    return page;
}

} // namespace mockfleet::store
