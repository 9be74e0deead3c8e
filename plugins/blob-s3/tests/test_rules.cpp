// Settings, refusals, lists, metadata and profile files.
#include "error.hpp"
#include "list_page.hpp"
#include "metadata.hpp"
#include "process_output.hpp"
#include "profile_files.hpp"
#include "settings.hpp"

#include "common/tests/store_fixture.hpp"
#include "common/timestamps.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace mockfleet::s3 {

namespace {

using common::testing::given;
using common::testing::has;

settings parse(const given& values) {
    return common::testing::parsed(parse_settings, values);
}

std::string refusal_of(const given& values) {
    return common::testing::refusal_of(parse_settings, values);
}

settings some_settings() {
    return parse({{"blobStoreBucket", "docs"}, {"blobStoreRegion", "eu-west-1"}});
}

common::http_outcome
answered(int status, const std::string& body,
         const std::map<std::string, std::string, common::caseless_order>& headers = {}) {
    return {common::http_outcome::how::answered, {status, headers, body}, {}};
}

std::string xml(const std::string& code, const std::string& more = {}) {
    return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>words\nof it</Message>" + more +
           "</Error>";
}

struct mapped {
    mf_status status;
    std::string text;
};

mapped failure_for(const common::http_outcome& outcome) {
    const auto made = failure_of(outcome, "put of 'a'", some_settings(), "the environment");
    return {made.status(), made.what()};
}

} // namespace

TEST_SUITE_BEGIN("s3 rules");

TEST_CASE("addresses: the bucket in the host's name, in the path when it must be") {
    const auto plain = some_settings();
    CHECK(plain.at.origin() == "https://docs.s3.eu-west-1.amazonaws.com");
    CHECK(plain.base == "/");
    const auto dotted = parse({{"blobStoreBucket", "my.docs"}});
    CHECK(dotted.at.origin() == "https://s3.us-east-1.amazonaws.com");
    CHECK(dotted.base == "/my.docs/");
    const auto china = parse({{"blobStoreBucket", "docs"}, {"blobStoreRegion", "cn-north-1"}});
    CHECK(china.at.origin() == "https://docs.s3.cn-north-1.amazonaws.com.cn");
    const auto own = parse({{"blobStoreBucket", "docs"}, {"blobStoreEndpoint", "http://h:9000/s3/"}});
    CHECK(own.at.origin() == "http://h:9000");
    CHECK(own.base == "/s3/docs/");
}

TEST_CASE("settings that cannot work are one line that says what to set") {
    CHECK(refusal_of({}) == "blobStoreType=s3 requires blobStoreBucket to be configured");
    CHECK(has(refusal_of({{"blobStoreBucket", "a/b"}}), "blobStoreBucket is 'a/b'"));
    CHECK(has(refusal_of({{"blobStoreBucket", "b"}, {"blobStoreRegion", "x/y"}}), "blobStoreRegion"));
    CHECK(has(refusal_of({{"blobStoreBucket", "b"}, {"blobStoreEndpoint", "h:9000"}}), "http(s)://host"));
    const auto half = refusal_of({{"blobStoreBucket", "b"}, {"blobStoreSecretAccessKey", "geheim"}});
    CHECK(has(half, "belong together"));
    CHECK_FALSE(has(half, "geheim"));
    CHECK(has(refusal_of({{"blobStoreBucket", "b"}, {"blobStoreCaFile", "/no/such"}}), "cannot be read"));
}

TEST_CASE("each refusal has its status and its remedy") {
    struct expected {
        int status;
        const char* code;
        mf_status means;
        const char* remedy;
    };
    for (const auto& one :
         {expected{404, "NoSuchBucket", MF_UNAVAILABLE, "blobStoreCreateIfMissing=true"},
          expected{403, "InvalidAccessKeyId", MF_DENIED, "check the credentials of the environment"},
          expected{403, "SignatureDoesNotMatch", MF_DENIED, "the secret key does not belong"},
          expected{400, "ExpiredToken", MF_DENIED, "renew the credentials of the environment"},
          expected{403, "AccessDenied", MF_DENIED, "allow s3:ListBucket"},
          expected{503, "SlowDown", MF_UNAVAILABLE, "throttles"},
          expected{500, "InternalError", MF_UNAVAILABLE, "not available now"},
          expected{501, "NotImplemented", MF_UNSUPPORTED, "does not offer this"},
          expected{400, "MetadataTooLarge", MF_INVALID, "refused as invalid"},
          expected{507, "XMinioStorageFull", MF_EXHAUSTED, "no room"},
          expected{403, "", MF_DENIED, "allow s3:ListBucket"},
          expected{404, "", MF_INTERNAL, "check that blobStoreEndpoint is an S3 service"}}) {
        const std::string code = one.code;
        const auto made = failure_for(answered(one.status, code.empty() ? "" : xml(code)));
        CHECK_MESSAGE(made.status == one.means, made.text);
        CHECK_MESSAGE(has(made.text, one.remedy), made.text);
    }
}

TEST_CASE("another region is named, whichever way the service tells it") {
    for (const auto& outcome :
         {answered(301, xml("PermanentRedirect"), {{"x-amz-bucket-region", "eu-north-1"}}),
          answered(400, xml("AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>")),
          answered(301, "", {{"x-amz-bucket-region", "eu-north-1"}})}) {
        const auto made = failure_for(outcome);
        CHECK_MESSAGE(has(made.text, "set blobStoreRegion=eu-north-1"), made.text);
    }
}

TEST_CASE("clock skew names the difference") {
    const auto theirs = std::chrono::system_clock::now() + std::chrono::minutes(20);
    const auto made =
        failure_for(answered(403, xml("RequestTimeTooSkewed"), {{"date", common::http_date(theirs)}}));
    CHECK(made.status == MF_DENIED);
    CHECK_MESSAGE(has(made.text, "set this machine's clock"), made.text);
    CHECK_MESSAGE(has(made.text, "behind the service's"), made.text);
}

TEST_CASE("who is not reached or not trusted is named with its address") {
    using how = common::http_outcome::how;
    const auto unreached = failure_for({how::not_sent, {}, "no route"});
    CHECK(unreached.status == MF_UNAVAILABLE);
    CHECK_MESSAGE(has(unreached.text, "docs.s3.eu-west-1.amazonaws.com cannot be reached: no route"),
                  unreached.text);
    const auto untrusted = failure_for({how::untrusted, {}, "self-signed"});
    CHECK(untrusted.status == MF_DENIED);
    CHECK_MESSAGE(has(untrusted.text, "blobStoreCaFile"), untrusted.text);
}

TEST_CASE("pages of a list") {
    const auto page = read_list_page("<ListBucketResult xmlns=\"x\"><EncodingType>url</EncodingType>"
                                     "<Contents><Key>a%2Fb+c%2B</Key><Size>1</Size></Contents>"
                                     "<IsTruncated>true</IsTruncated></ListBucketResult>");
    REQUIRE(page);
    CHECK(page->truncated);
    CHECK(page->names == std::vector<std::string>{"a/b c+"});
    const auto plain = read_list_page("<ListBucketResult><Contents><Key>a%2Fb&amp;</Key></Contents>"
                                      "<IsTruncated>false</IsTruncated></ListBucketResult>");
    REQUIRE(plain);
    CHECK_FALSE(plain->truncated);
    CHECK(plain->names == std::vector<std::string>{"a%2Fb&"});
    CHECK_FALSE(read_list_page("<html></html>"));
    CHECK_FALSE(read_list_page("<ListBucketResult><Contents/></ListBucketResult>"));
    CHECK_FALSE(read_list_page(""));
}

namespace {

bool is_refused(const std::string& name, const std::string& value) {
    const mf_pair pair{plugin::slice(name), plugin::slice(value)};
    try {
        (void)metadata_headers({&pair, 1});
        return false;
    } catch (const plugin::failure& why) {
        return why.status() == MF_INVALID;
    }
}

} // namespace

TEST_CASE("metadata that would come back changed is refused") {
    CHECK_FALSE(is_refused("x-custom_type.1", "value with spaces, a/b"));
    CHECK_FALSE(is_refused("a", ""));
    for (const auto* name : {"", "Upper", "caf\xC3\xA9", "a b", "a:b", "mockfleetwrite"})
        CHECK_MESSAGE(is_refused(name, "x"), name);
    for (const auto* value : {" x", "x ", "a\r\nb: c", "caf\xC3\xA9", "\x01"})
        CHECK_MESSAGE(is_refused("a", value), value);
    const auto found = metadata_of(
        {200, {{"X-Amz-Meta-A", "1"}, {"x-amz-meta-mockfleetwrite", "id"}, {"x-amz-other", "2"}}, ""});
    CHECK(found == std::vector<std::pair<std::string, std::string>>{{"a", "1"}});
}

TEST_CASE("profile files") {
    const auto text = "aws_access_key_id = nobody\n# comment\n[default]\nAWS_Access_Key_Id = a = b \r\n"
                      "s3 =\n  max = 1\n;x\n[profile two words]\nregion=x\n[other]\nregion=y\n[broken";
    const auto config = read_profiles(text, true);
    CHECK(config.size() == 2);
    CHECK(config.at("default").at("aws_access_key_id") == "a = b");
    CHECK_FALSE(config.at("default").contains("max"));
    CHECK(config.at("two words").at("region") == "x");
    CHECK(read_profiles(text, false).at("other").at("region") == "y");
}

TEST_CASE("a command's output, its failure, and its end when it hangs") {
    const auto good = run_process("printf '%s' \"$0\"; echo err >&2");
    CHECK(good.problem.empty());
    CHECK(good.output == "sh");
    CHECK(run_process("exit 3").problem == "exit status 3");
    CHECK(run_process("sleep 60", std::chrono::milliseconds(50)).problem == "it did not end in time");
    CHECK(run_process("exec >&-; sleep 60", std::chrono::milliseconds(50)).problem ==
          "it did not end in time");
    CHECK_FALSE(run_process("yes").problem.empty());
}

TEST_SUITE_END();

} // namespace mockfleet::s3
