#include "tests/cockroach/rewrite.hpp"

#include <algorithm>

namespace leasehold::test {

bool rewrite::are(std::size_t at, const std::vector<std::string_view>& what) const noexcept {
    for (std::size_t i = 0; i < what.size(); ++i) {
        if (!is(at + i, what[i])) {
            return false;
        }
    }
    return true;
}

std::size_t rewrite::behind_bracket(std::size_t at) const noexcept {
    auto end = at + 1;
    if (is(at, "(")) {
        while (end < words_.size() && words_[end].depth > words_[at].depth) {
            ++end;
        }
        ++end;
    }
    return std::min(end, words_.size());
}

std::string_view rewrite::between(std::size_t begin, std::size_t end) const noexcept {
    if (begin >= end || begin >= words_.size()) {
        return {};
    }
    const auto from = words_[begin].at;
    return text_.substr(from, words_[std::min(end, words_.size()) - 1].end() - from);
}

void rewrite::put(std::size_t begin, std::size_t end, std::string text) {
    const auto place = [&](std::size_t word) {
        return word < words_.size() ? words_[word].at : text_.size();
    };
    const auto from = place(begin);
    const auto to = begin == end ? from : words_[end - 1].end();
    changes_.push_back({from, to, std::move(text)});
}

std::string rewrite::result() const {
    auto changes = changes_;
    std::stable_sort(changes.begin(), changes.end(),
                     [](const change& a, const change& b) { return a.begin < b.begin; });
    std::string made;
    std::size_t done = 0;
    for (const auto& one : changes) {
        made.append(text_.substr(done, one.begin - done)).append(one.text);
        done = one.end;
    }
    return made.append(text_.substr(done));
}

}  // namespace leasehold::test
