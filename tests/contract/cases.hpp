// What the contract suites share: a case, its failure, and the report of a run.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace mockfleet::contract {

/// How long a call or an event may take before the case fails.
inline constexpr std::chrono::seconds patience{10};

class case_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The plugin does not offer what the case is about, and need not.
class case_skipped : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline void expect(bool holds, const std::string& what) {
    if (!holds) throw case_failed(what);
}

struct contract_case {
    std::string name;
    std::function<void()> run;
    std::chrono::minutes limit{2}; ///< how long it may take as a whole
};

/// Runs the cases in order, prints `ok`, `skip` or `FAIL` with a reason for each, and answers how many passed
/// and failed. A case that hangs for more than its limit ends the process with exit code 1.
struct tally {
    int passed = 0;
    int failed = 0;
};
void run_cases(const std::vector<contract_case>& cases, tally& result);

/// The text with what cannot be printed as \xNN, shortened.
std::string shown(const std::string& bytes);

} // namespace mockfleet::contract
