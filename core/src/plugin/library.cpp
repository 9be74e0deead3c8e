// dlopen through Boost.DLL.
#include "plugin/library.hpp"

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <boost/dll/shared_library.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {

namespace {

/// The exception's text wraps what dlerror() said; only that is of use to people.
std::string linker_words(std::string_view text) {
    static constexpr std::string_view before = "dlerror system message: ";
    const auto start = text.find(before);
    if (start == std::string_view::npos) return std::string(text);
    text.remove_prefix(start + before.size());
    const auto end = text.rfind("): ");
    return std::string(text.substr(0, end));
}

} // namespace

library open_library(const std::string& path) {
    // Plugins are closed, never unloaded: code of theirs may still be on some stack.
    static auto* const kept = new std::vector<std::unique_ptr<boost::dll::shared_library>>;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    library opened;
    try {
        using mode = boost::dll::load_mode::type;
        kept->push_back(std::make_unique<boost::dll::shared_library>(
            path, static_cast<mode>(boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local)));
        auto& file = *kept->back();
        if (file.has("mf_plugin_v1")) {
            opened.descriptor = &file.get<const mf_plugin>("mf_plugin_v1");
            return opened;
        }
        static constexpr std::uint32_t highest_probed = 9;
        for (std::uint32_t major = MF_ABI_MAJOR + 1; major <= highest_probed; ++major) {
            if (file.has("mf_plugin_v" + std::to_string(major))) opened.other_major = major;
        }
    } catch (const std::exception& thrown) {
        opened.problem = linker_words(thrown.what());
    }
    return opened;
}

} // namespace mockfleet::plugin
