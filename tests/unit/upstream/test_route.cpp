// Where requests go that no expectation answers (core.md 3.12).
#include "upstream/route.hpp"

#include "config/config.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace mockfleet;
using verdict = upstream::route::verdict;

namespace {

upstream::router router(std::vector<config::name_value> changes = {}) {
    const auto changed = config::settings().with_changes(changes);
    REQUIRE(changed.has_value());
    return {changed->values, "MockServer_self"};
}

struct asked {
    std::vector<model::header_view> headers;
    model::request_view view;
    std::string_view origin;
    explicit asked(std::initializer_list<model::header_view> given, std::string_view path = "/a")
        : headers(given) {
        view.method = "GET";
        view.path = path;
        view.headers = headers;
        view.local_address = "10.1.2.3:1080";
    }
};

} // namespace

TEST_CASE("a request for this server goes nowhere") {
    const auto routes = router();
    for (const char* const host : {"10.1.2.3:1080", "localhost:1080", "127.0.0.1:1080", "[::1]:1080"}) {
        CAPTURE(host);
        CHECK(routes.decide(asked({{"Host", host}}).view, {}).what == verdict::nowhere);
    }
    CHECK(routes.decide(asked({}).view, {}).what == verdict::nowhere);
    CHECK(routes.decide(asked({{"Host", ""}}).view, {}).what == verdict::nowhere);
    CHECK(routes.decide(asked({{"Host", "a b"}}).view, {}).what == verdict::nowhere);
    asked plain({{"Host", "localhost"}});
    plain.view.local_address = "10.1.2.3:80";
    CHECK(routes.decide(plain.view, plain.origin).what == verdict::nowhere);
    asked secure({{"Host", "localhost"}});
    secure.view.local_address = "10.1.2.3:443";
    secure.view.secure = true;
    CHECK(routes.decide(secure.view, secure.origin).what == verdict::nowhere);
}

TEST_CASE("another host in the Host header is tried for a second") {
    const auto way = router().decide(asked({{"Host", "other:81"}}).view, {});
    CHECK(way.what == verdict::forward);
    CHECK(way.to == upstream::endpoint{"other", 81, false});
    CHECK(way.connect_limit == std::chrono::seconds(1));
    CHECK_FALSE(way.host);
    CHECK(router().decide(asked({{"Host", "localhost:1081"}}).view, {}).what == verdict::forward);
    CHECK(router({{"attemptToProxyIfNoMatchingExpectation", "false"}})
              .decide(asked({{"Host", "other"}}).view, {})
              .what == verdict::nowhere);
    CHECK(router({{"noProxyHosts", "a, other"}}).decide(asked({{"Host", "other:81"}}).view, {}).what ==
          verdict::nowhere);
    asked secure({{"Host", "other"}});
    secure.view.secure = true;
    CHECK(router().decide(secure.view, secure.origin).to == upstream::endpoint{"other", 443, true});
    asked tunnel({{"Host", "other:443"}});
    tunnel.view.method = "CONNECT";
    CHECK(router().decide(tunnel.view, tunnel.origin).what == verdict::nowhere);
}

TEST_CASE("an absolute target") {
    asked request({{"Host", "localhost:1080"}});
    request.origin = "http://other:81";
    const auto way =
        router({{"attemptToProxyIfNoMatchingExpectation", "false"}}).decide(request.view, request.origin);
    CHECK(way.what == verdict::forward);
    CHECK(way.to == upstream::endpoint{"other", 81, false});
    CHECK(way.host == "other:81");
    CHECK(way.connect_limit.count() == 0);
    request.origin = "https://other";
    CHECK(router().decide(request.view, request.origin).to == upstream::endpoint{"other", 443, true});
    request.origin = "http://localhost:1080";
    CHECK(router().decide(request.view, request.origin).what == verdict::nowhere);
    request.origin = "ftp://other";
    CHECK(router().decide(request.view, request.origin).what == verdict::nowhere);
}

TEST_CASE("a fixed upstream") {
    const auto routes = router({{"proxyRemoteHost", "origin"}, {"proxyRemotePort", "8080"}});
    const auto way = routes.decide(asked({{"Host", "localhost:1080"}}).view, {});
    CHECK(way.what == verdict::forward);
    CHECK(way.to == upstream::endpoint{"origin", 8080, false});
    CHECK_FALSE(way.host);
    CHECK(way.connect_limit.count() == 0);
}

TEST_CASE("mappings of paths") {
    const auto routes = router({{"proxyPass", R"([{"pathPrefix":"/api","targetUri":"http://one:81/base"},
        {"pathPrefix":"/keep/","targetUri":"https://two","preserveHost":true}])"}});
    const auto one = routes.decide(asked({{"Host", "localhost:1080"}}, "/api/v1").view, {});
    CHECK(one.what == verdict::forward);
    CHECK(one.to == upstream::endpoint{"one", 81, false});
    CHECK(one.path == "/base/v1");
    CHECK(one.host == "one:81");
    const auto two = routes.decide(asked({{"Host", "localhost:1080"}}, "/keep/x").view, {});
    CHECK(two.to == upstream::endpoint{"two", 443, true});
    CHECK(two.path == "/x");
    CHECK_FALSE(two.host);
    CHECK(routes.decide(asked({{"Host", "localhost:1080"}}, "/other").view, {}).what == verdict::nowhere);
}

TEST_CASE("an upstream that is reached by TLS, and one whose client names no host") {
    const auto secure = router({{"proxyRemoteHost", "https://origin"}, {"proxyRemotePort", "8443"}});
    CHECK(secure.problems().empty());
    CHECK(secure.decide(asked({{"Host", "localhost:1080"}}).view, {}).to ==
          upstream::endpoint{"origin", 8443, true});
    CHECK(router({{"proxyRemoteHost", "https://origin/"}}).decide(asked({}).view, {}).host == "origin");
    CHECK(router({{"proxyRemoteHost", "origin:81"}}).decide(asked({}).view, {}).host == "origin:81");
}

TEST_CASE("settings that say only half of it, or something wrong, are named") {
    const auto problems = [](std::vector<config::name_value> changes) {
        const auto routes = router(std::move(changes));
        REQUIRE(routes.problems().size() <= 1);
        return routes.problems().empty() ? std::string() : routes.problems().front().substr(0, 15);
    };
    CHECK(problems({}).empty());
    CHECK(problems({{"proxyRemoteHost", "a"}}) == "proxyRemoteHost");
    CHECK(problems({{"proxyRemoteHost", "https://a/b"}}) == "proxyRemoteHost");
    CHECK(problems({{"proxyRemoteHost", "u@a"}, {"proxyRemotePort", "80"}}) == "proxyRemoteHost");
    CHECK(problems({{"proxyRemotePort", "80"}}) == "proxyRemotePort");
    CHECK(problems({{"proxyAuthenticationUsername", "a"}}) == "proxyAuthentica");
    CHECK(problems({{"proxyAuthenticationPassword", "a"}}) == "proxyAuthentica");
    CHECK(problems({{"proxyPass", "[]"}}).empty());
    for (const char* const wrong :
         {"{}", R"([{"pathPrefix":"api","targetUri":"http://a"}])",
          R"([{"pathPrefix":"/a","targetUri":"a"}])", R"([{"targetUri":"http://a"}])",
          R"([{"pathPrefix":"/a","targetUri":"http://a","target":"b"}])", "[1]"})
        CHECK(problems({{"proxyPass", wrong}}).substr(0, 9) == "proxyPass");
}

TEST_CASE("hosts that are no proxy's business have one meaning") {
    const upstream::host_list hosts("a, *.Internal|.example,[::1]");
    for (const char* const one : {"A", "a.", "x.internal", "example", "x.example", "::1", "[::1]"})
        CHECK(hosts.names(one));
    for (const char* const other : {"b", "internal", "xexample", ""})
        CHECK_FALSE(hosts.names(other));
    CHECK(router({{"noProxyHosts", "*.internal"}}).decide(asked({{"Host", "a.internal:81"}}).view, {}).what ==
          verdict::nowhere);
}

TEST_CASE("a request that has been here before") {
    const auto routes = router({{"forwardLoopMaxHops", "3"}});
    CHECK(routes.decide(asked({{"Host", "other"}, {"X-Forwarded-By", "MockServer_self"}}).view, {}).what ==
          verdict::loop);
    CHECK(routes
              .decide(asked({{"Host", "other"},
                             {"x-forwarded-by", "MockServer_a"},
                             {"x-forwarded-by", "MockServer_b"}})
                          .view,
                      {})
              .what == verdict::forward);
    CHECK(routes
              .decide(asked({{"Host", "other"},
                             {"x-forwarded-by", "a"},
                             {"x-forwarded-by", "b"},
                             {"x-forwarded-by", "c"}})
                          .view,
                      {})
              .what == verdict::loop);
}

TEST_CASE("clients that must log in") {
    const auto routes = router({{"proxyAuthenticationUsername", "u"}, {"proxyAuthenticationPassword", "p"}});
    CHECK(routes.decide(asked({{"Host", "other"}}).view, {}).what == verdict::unauthorized);
    CHECK(routes.decide(asked({{"Host", "other"}, {"Proxy-Authorization", "Basic dTpx"}}).view, {}).what ==
          verdict::unauthorized);
    CHECK(routes.decide(asked({{"Host", "other"}, {"Proxy-Authorization", "Bearer dTpw"}}).view, {}).what ==
          verdict::unauthorized);
    CHECK(routes.decide(asked({{"Host", "other"}, {"Proxy-Authorization", "Basic dTpw"}}).view, {}).what ==
          verdict::forward);
    CHECK(routes.decide(asked({{"Host", "localhost:1080"}}).view, {}).what == verdict::nowhere);
    CHECK(routes.challenge() == R"(Basic realm="MockServer HTTP Proxy", charset="UTF-8")");
}
