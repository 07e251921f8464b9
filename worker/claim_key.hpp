#pragma once

#include <leasehold/item.hpp>

#include <functional>
#include <memory_resource>
#include <unordered_set>

namespace leasehold {

/// What tells one claim from all others.
struct claim_key {
    item_id id{};
    token fence{};
    friend bool operator==(const claim_key&, const claim_key&) = default;
};

inline claim_key key_of(const claim& one) { return {one.held.id, one.fence}; }

struct claim_key_hash {
    std::size_t operator()(const claim_key& key) const noexcept {
        return std::hash<item_id>{}(key.id) ^ std::hash<token>{}(key.fence);
    }
};

using claim_keys = std::pmr::unordered_set<claim_key, claim_key_hash>;

}  // namespace leasehold
