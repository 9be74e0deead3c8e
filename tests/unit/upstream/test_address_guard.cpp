// Which addresses the guard against requests to the inside refuses.
#include "upstream/address_guard.hpp"

#include <doctest/doctest.h>

using mockfleet::upstream::is_private;

namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

} // namespace

TEST_CASE("addresses of no public network are private") {
    for (
        const char* const text :
        {"0.0.0.0",     "0.1.2.3",         "10.0.0.1",     "10.255.255.255", "100.64.0.1",      "127.0.0.1",
         "127.255.0.9", "169.254.169.254", "172.16.0.1",   "172.31.255.255", "192.0.0.1",       "192.168.1.1",
         "198.18.0.1",  "198.19.255.255",  "224.0.0.1",    "240.0.0.1",      "255.255.255.255", "::",
         "::1",         "fc00::1",         "fd12:3456::1", "fe80::1",        "fec0::1",         "ff02::1",
         "100::1",      "2001:db8::1",     "2001:2::1",    "3fff:fff::1",    "5f00::1"}) {
        CAPTURE(text);
        CHECK(is_private(address(text)));
    }
}

TEST_CASE("so are IPv6 addresses that carry one") {
    for (const char* const text : {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::127.0.0.1", "64:ff9b::7f00:1",
                                   "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
                                   "2002:c0a8:101::", "2001:0:1:2:3:4:80ff:fffe", "::ffff:0:127.0.0.1"}) {
        CAPTURE(text);
        CHECK(is_private(address(text)));
    }
}

TEST_CASE("public addresses are not") {
    for (const char* const text :
         {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "172.15.0.1",
          "172.32.0.1", "192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111",
          "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "3fff:1000::1", "5f01::1",
          "::ffff:0:8.8.8.8"}) {
        CAPTURE(text);
        CHECK_FALSE(is_private(address(text)));
    }
}
