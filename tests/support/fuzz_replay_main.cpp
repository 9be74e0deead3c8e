// Runs every file of the folders named through a fuzz target and prints how many: the corpus as a test,
// without a fuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        for (const auto& found : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (found.is_regular_file()) files.push_back(found.path());
        }
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        // Printed first, so that the last line names the file of a crash.
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
        std::ifstream in(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        // A copy of its exact size lets a sanitizer see a read beyond its end.
        const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu inputs replayed\n", files.size());
    return files.empty() ? 1 : 0;
}
