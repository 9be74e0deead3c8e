// The output of a command that an operator named: credential_process of a profile.
#pragma once

#include <chrono>
#include <string>

namespace mockfleet::s3 {

struct process_result {
    std::string output;
    std::string problem; ///< empty when it ended with exit code 0
};

/// Runs `command` in /bin/sh with nothing inherited but the environment; its error output is dropped. It is
/// killed after `patience`, or when it prints more than 1 MiB.
[[nodiscard]] process_result run_process(const std::string& command,
                                         std::chrono::milliseconds patience = std::chrono::seconds(60));

} // namespace mockfleet::s3
