// Signatures against the examples that Amazon publishes for S3, and its general test suite.
#include "sign_v4.hpp"

#include "common/digest.hpp"

#include <doctest/doctest.h>

namespace mockfleet::s3 {

namespace {

constexpr auto empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const access_keys published{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}};
const signed_scope day{"us-east-1", "s3", *common::parse_timestamp("2013-05-24T00:00:00Z")};

signable with(const std::string& method, const std::string& path, const common::query_pairs& query,
              const std::string& hash) {
    return {method,
            path,
            query,
            {{"Host", "examplebucket.s3.amazonaws.com"},
             {"x-amz-content-sha256", hash},
             {"x-amz-date", "20130524T000000Z"}},
            hash};
}

} // namespace

TEST_SUITE_BEGIN("s3 signature");

TEST_CASE("published: GET of a part of an object") {
    auto request = with("GET", "/test.txt", {}, empty_hash);
    request.headers.emplace_back("Range", "bytes=0-9");
    CHECK(authorization(request, day, published) ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
          "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
          "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("published: PUT of an object with a special character") {
    auto request = with("PUT", common::percent_encode_path("/test$file.text"), {},
                        common::hex(common::view_of(common::sha256("Welcome to Amazon S3."))));
    request.headers.emplace_back("Date", "Fri, 24 May 2013 00:00:00 GMT");
    request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
    CHECK(signature(request, day, published.secret) ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("published: a query without a value, and a list") {
    CHECK(signature(with("GET", "/", {{"lifecycle", ""}}, empty_hash), day, published.secret) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(signature(with("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, empty_hash), day,
                    published.secret) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("published: get-vanilla-query-order-key-case of the general suite") {
    const signable request{"GET",
                           "/",
                           {{"Param2", "value2"}, {"Param1", "value1"}},
                           {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}},
                           empty_hash};
    const signed_scope scope{"us-east-1", "service", *common::parse_timestamp("2015-08-30T12:36:00Z")};
    CHECK(signature(request, scope, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") ==
          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_CASE("header values are trimmed, and names sorted whatever their case") {
    const signable request{"GET", "/", {}, {{"b", "2"}, {"A", "  x   y  "}, {"c", ""}}, "hash"};
    CHECK(canonical_request(request) == "GET\n/\n\na:x y\nb:2\nc:\n\na;b;c\nhash");
}

TEST_CASE("a session token is sent and signed") {
    signable request{"GET", "/", {}, {{"Host", "h"}}, empty_hash};
    sign(request, day, {"id", "secret", "token/+="});
    bool sent = false;
    for (const auto& [name, value] : request.headers) {
        sent = sent || (name == "x-amz-security-token" && value == "token/+=");
        if (name == "Authorization") CHECK(value.find(";x-amz-security-token,") != std::string::npos);
    }
    CHECK(sent);
}

TEST_SUITE_END();

} // namespace mockfleet::s3
