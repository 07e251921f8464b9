#include "items/finding.hpp"

namespace leasehold {

void finding::add(const std::string& what) {
    constexpr std::size_t examples_max = 3;
    ++wrong;
    if (examples.size() < examples_max) {
        examples.push_back(what);
    }
}

std::string finding::detail() const {
    const auto counted = std::to_string(looked_at) + " " + (looked_at == 1 ? noun : nouns);
    std::string text;
    if (holds()) {
        text = looked_at == 0 ? "nothing to look at: " + counted : counted;
    } else {
        text = std::to_string(wrong) + " wrong, " + counted + " looked at: ";
        for (std::size_t i = 0; i < examples.size(); ++i) {
            text += (i == 0 ? "" : "; ") + examples[i];
        }
        text += wrong > static_cast<std::int64_t>(examples.size()) ? "; …" : "";
    }
    return note.empty() ? text : text + "; " + note;
}

}  // namespace leasehold
