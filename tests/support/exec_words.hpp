#pragma once

#include <unistd.h>
#include <map>
#include <string>
#include <vector>

/// What exec wants: words as pointers, an environment as words.
namespace leasehold::test {

/// This process's environment with `changes`; an empty value takes the name out of it.
inline std::vector<std::string> environment_with(
    const std::map<std::string, std::string>& changes) {
    std::vector<std::string> result;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string entry = *one;
        if (!changes.contains(entry.substr(0, entry.find('=')))) {
            result.push_back(entry);
        }
    }
    for (const auto& [name, value] : changes) {
        if (!value.empty()) {
            result.push_back(name + "=" + value);
        }
    }
    return result;
}

/// Of `texts`, which must outlive the answer; a null pointer ends it.
inline std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace leasehold::test
