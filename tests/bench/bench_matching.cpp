// What matching costs in isolation, one JSON line per measurement: a match and an insert among N rules per
// shape of path, and JSON bodies.
//   bench-matching [--quick] [SHAPE|json_body [SIZE]]
#include "matching/rule_index.hpp"
#include "json/reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace mockfleet;
using matching::rule;
using matching::rule_index;

namespace {

/// CPU time of this thread in ns: what other processes take does not count.
double cpu_ns() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::string six_digits(std::size_t number) {
    auto digits = std::to_string(number);
    return std::string(6 - digits.size(), '0') + digits;
}

struct shape {
    const char* name;
    std::string (*pattern)(const std::string& number);
    std::string (*path)(const std::string& number);
    std::size_t most; ///< linear by nature beyond that
};

/// The shapes of the design's measurements: literal, distinct prefix, suffix, middle, floating, and nothing
/// distinctive.
const shape shapes[] = {
    {"literal", [](const std::string& n) { return "/api/v1/tenants/acme-" + n + "/orders/list/items/all"; },
     [](const std::string& n) { return "/api/v1/tenants/acme-" + n + "/orders/list/items/all"; }, 100000},
    {"prefix",
     [](const std::string& n) { return "/api/v1/tenants/acme-" + n + "/orders/[0-9]+/items/[^/]+"; },
     [](const std::string& n) { return "/api/v1/tenants/acme-" + n + "/orders/31415926/items/blue"; },
     100000},
    {"suffix", [](const std::string& n) { return "/api/v1/tenants/[^/]+/orders/[0-9]+/items/item-" + n; },
     [](const std::string& n) { return "/api/v1/tenants/acme/orders/31415926/items/item-" + n; }, 100000},
    {"middle", [](const std::string& n) { return "/api/[^/]+/tenants/acme-" + n + "/orders/[0-9]+"; },
     [](const std::string& n) { return "/api/version1/tenants/acme-" + n + "/orders/31415926"; }, 100000},
    {"floating", [](const std::string& n) { return ".*/order-" + n + "/.*"; },
     [](const std::string& n) { return "/api/v1/tenants/acme/order-" + n + "/items/blue/all"; }, 100000},
    {"weak", [](const std::string& n) { return "/" + n.substr(0, 3) + "/[a-z]+/" + n.substr(3) + "/[0-9]+"; },
     [](const std::string& n) { return "/" + n.substr(0, 3) + "/abcdef/" + n.substr(3) + "/31415926"; },
     1000},
};

std::unique_ptr<rule> make_rule(const model::request_matcher& source, std::uint64_t order) {
    auto made = std::make_unique<rule>();
    made->matcher = matching::compiled_matcher::compile(&source, matching::direction::forward);
    made->order = order;
    return made;
}

std::unique_ptr<rule> make_rule(std::string path, std::uint64_t order) {
    model::request_matcher source;
    source.method.value = "GET";
    source.path.value = std::move(path);
    return make_rule(source, order);
}

/// ns per match of the paths in turn, the best of seven passes.
double match_ns(const rule_index& index, const std::vector<std::string>& paths, bool hit,
                std::size_t budget) {
    matching::request_facts facts;
    model::request_view request;
    request.method = "GET";
    std::vector<double> passes;
    const auto count = std::max<std::size_t>(budget, 32);
    for (int pass = 0; pass < 8; ++pass) {
        const auto start = cpu_ns();
        std::size_t found = 0;
        for (std::size_t at = 0; at < count; ++at) {
            request.path = paths[at % paths.size()];
            facts.begin(request);
            found += index.first_match(facts, [](const rule&) { return true; }) != nullptr ? 1 : 0;
        }
        if (pass != 0) passes.push_back((cpu_ns() - start) / static_cast<double>(count));
        if (found != (hit ? count : 0)) {
            std::fprintf(stderr, "wrong answers: %zu of %zu\n", found, count);
            std::exit(1);
        }
    }
    return *std::min_element(passes.begin(), passes.end());
}

void measure(const shape& form, std::size_t size) {
    rule_index index;
    std::vector<std::unique_ptr<rule>> rules;
    rules.reserve(size + 200);
    auto start = cpu_ns();
    for (std::size_t at = 0; at < size; ++at)
        rules.push_back(make_rule(form.pattern(six_digits(at)), at));
    const auto compile_ns = (cpu_ns() - start) / static_cast<double>(size);
    start = cpu_ns();
    for (const auto& one : rules)
        index.add(one.get());
    const auto load_ns = (cpu_ns() - start) / static_cast<double>(size);

    const auto budget = form.most > 1000 ? std::size_t{20000} : 2000000 / std::max<std::size_t>(size, 100);
    const std::vector<std::string> first{form.path(six_digits(0))};
    const std::vector<std::string> last{form.path(six_digits(size - 1))};
    std::vector<std::string> any, none;
    std::mt19937 random(1);
    for (int at = 0; at < 4096; ++at) {
        any.push_back(form.path(six_digits(random() % size)));
        none.push_back(form.path(six_digits(200000 + random() % 700000)));
    }
    const auto first_ns = match_ns(index, first, true, budget);
    const auto last_ns = match_ns(index, last, true, budget);
    const auto any_ns = match_ns(index, any, true, budget);
    const auto none_ns = match_ns(index, none, false, budget);

    std::vector<double> inserts, removals;
    for (std::size_t at = 0; at < 200; ++at) {
        const auto text = form.pattern(six_digits(900000 + at));
        start = cpu_ns();
        rules.push_back(make_rule(text, size + at));
        index.add(rules.back().get());
        inserts.push_back((cpu_ns() - start));
    }
    for (std::size_t at = 0; at < 200; ++at) {
        start = cpu_ns();
        index.remove(rules[size + at].get());
        removals.push_back((cpu_ns() - start));
    }
    const auto mean = [](const std::vector<double>& all) {
        double sum = 0;
        for (const auto one : all)
            sum += one;
        return sum / static_cast<double>(all.size());
    };
    std::printf(
        R"({"bench":"match","shape":"%s","rules":%zu,"first_ns":%.0f,"last_ns":%.0f,"any_ns":%.0f,"none_ns":%.0f,)"
        R"("compile_ns":%.0f,"load_ns":%.0f,"compile_and_insert_ns":%.0f,"worst_insert_ns":%.0f,"remove_ns":%.0f})"
        "\n",
        form.name, size, first_ns, last_ns, any_ns, none_ns, compile_ns, load_ns, mean(inserts),
        *std::max_element(inserts.begin(), inserts.end()), mean(removals));
    std::fflush(stdout);
}

/// An object of about `size` bytes; the fields the matcher asks for stand at both ends and two levels deep.
std::string document(std::size_t size) {
    std::string text =
        R"({"id":12345,"customer":{"name":"Ada Lovelace","address":{"city":"London","zip":"N1"}},"items":[)";
    for (std::size_t at = 0; text.size() + 60 < size; ++at)
        text += (at == 0 ? "" : ",") + std::string(R"({"sku":"ab-)") + six_digits(at) +
                R"(","count":3,"price":12.5,"tags":["x","y"]})";
    return text + R"(],"total":99.5,"currency":"EUR","paid":true,"last":"end"})";
}

void measure_body(std::size_t size, const char* wanted, const char* name, bool hit, std::size_t candidates) {
    model::request_matcher source;
    auto& body = source.body.emplace();
    body.kind = model::body_kind::json;
    body.text = wanted;
    if (json::parse_tolerant(body.text, body.document)) std::exit(1);
    std::vector<std::unique_ptr<rule>> rules;
    for (std::size_t at = 0; at < candidates; ++at)
        rules.push_back(make_rule(source, at));

    auto text = document(size);
    const auto used = text.size();
    text.append(64, '\0');
    matching::request_facts facts;
    model::request_view request;
    request.method = "POST";
    request.path = "/orders";
    const model::header_view type{"Content-Type", "application/json"};
    request.headers = {&type, 1};
    request.body = std::string_view(text).substr(0, used);
    const auto count = std::max<std::size_t>(20000000 / used, 10) / candidates + 10;
    std::vector<double> passes;
    for (int pass = 0; pass < 8; ++pass) {
        const auto start = cpu_ns();
        for (std::size_t at = 0; at < count; ++at) {
            facts.begin(request);
            for (const auto& one : rules) {
                if (one->matcher.matches(facts) == hit) continue;
                std::fprintf(stderr, "wrong answer: %s\n", name);
                std::exit(1);
            }
        }
        if (pass != 0) passes.push_back((cpu_ns() - start) / static_cast<double>(count));
    }
    std::printf(R"({"bench":"json_body","case":"%s","bytes":%zu,"candidates":%zu,"ns":%.0f})"
                "\n",
                name, used, candidates, *std::min_element(passes.begin(), passes.end()));
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    const bool quick = count > 1 && std::strcmp(arguments[1], "--quick") == 0;
    const char* const* wanted = arguments + (quick ? 2 : 1);
    const auto chosen = [&](const char* name, std::size_t size) {
        if (wanted[0] == nullptr) return !(quick && size > 1000 && std::strcmp(name, "json_body") != 0);
        return std::strcmp(wanted[0], name) == 0 &&
               (wanted[1] == nullptr || std::strtoul(wanted[1], nullptr, 10) == size);
    };
    for (const auto& form : shapes)
        for (const std::size_t size : {1, 1000, 10000, 100000})
            if (size <= form.most && chosen(form.name, size)) measure(form, size);

    constexpr auto subset =
        R"({"id":12345,"customer":{"name":"Ada Lovelace","address":{"city":"London","zip":"N1"}},)"
        R"("total":99.5,"currency":"EUR","paid":true,"last":"end"})";
    constexpr auto other = R"({"id":54321,"last":"end"})";
    for (const std::size_t size : {1000, 100000}) {
        if (!chosen("json_body", size)) continue;
        measure_body(size, subset, "subset", true, 1);
        measure_body(size, other, "first field differs", false, 1);
        measure_body(size, other, "first field differs", false, 10);
    }
    return 0;
}
