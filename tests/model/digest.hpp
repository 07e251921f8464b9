#pragma once

#include "tests/model/tables.hpp"
#include "worker/item_calls.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

namespace leasehold::model {

/// For transactions that answer nothing but that they worked.
struct nothing {};

/// What a transaction answered and wrote, as one number: a COMMIT that comes later works only if
/// the same statements still come to the same number then.
class digest {
public:
    std::uint64_t value() const noexcept { return value_; }

    void add(std::uint64_t number) noexcept {
        value_ = (value_ ^ number) * 0x100000001b3U;
        value_ ^= value_ >> 31U;
    }
    void add(std::int64_t number) noexcept { add(static_cast<std::uint64_t>(number)); }
    void add(int number) noexcept { add(static_cast<std::uint64_t>(number)); }
    void add(bool yes) noexcept { add(yes ? std::uint64_t{1} : std::uint64_t{2}); }
    void add(part_id part) noexcept { add(std::int64_t{part.value}); }
    void add(token fence) noexcept { add(fence.value); }
    template <class Tag>
    void add(const detail::uuid_name<Tag>& id) noexcept {
        std::array<std::uint64_t, 2> halves{};
        std::memcpy(halves.data(), id.value.data, sizeof halves);
        add(halves[0]);
        add(halves[1]);
    }
    template <class Value>
    void add(const std::optional<Value>& maybe) noexcept {
        add(maybe.has_value());
        if (maybe) {
            add(*maybe);
        }
    }
    template <class Value>
    void add(const std::vector<Value>& several) noexcept {
        add(std::uint64_t{several.size()});
        for (const auto& one : several) {
            add(one);
        }
    }

    // answers
    void add(const nothing& /*answer*/) noexcept {}
    void add(extend_outcome answer) noexcept { add(static_cast<int>(answer)); }
    void add(ack_result answer) noexcept { add(static_cast<int>(answer)); }
    void add(reap_progress answer) noexcept { add(static_cast<int>(answer)); }
    void add(const lease& one) noexcept { add(one.part), add(one.term.value); }
    void add(const claim& one) noexcept { add(one.held.id), add(one.fence); }
    void add(const claimed_items& answer) noexcept { add(answer.claims), add(answer.more); }
    void add(const claimed& answer) noexcept { add(answer.claims), add(answer.more); }

    // changes
    void add(const any_change& one) noexcept {
        add(std::uint64_t{one.index()});
        std::visit([this](const auto& what) { add(what); }, one);
    }
    void add(const change::registered& one) noexcept { add(one.session); }
    void add(const change::extended& one) noexcept { add(one.session), add(one.version); }
    void add(const change::expired& one) noexcept { add(one.session), add(one.version); }
    void add(const change::departing& one) noexcept { add(one.session), add(one.version); }
    void add(const change::ended& one) noexcept { add(one.session), add(one.version); }
    void add(const change::raised& /*one*/) noexcept {}
    void add(const change::seat_kept& /*one*/) noexcept {}
    void add(const change::weighed& /*one*/) noexcept {}
    void add(const change::planned& one) noexcept { add(one.part), add(one.to); }
    void add(const change::plan_stands& one) noexcept { add(one.before), add(one.number); }
    void add(const change::taken& one) noexcept { add(one.session), add(one.part), add(one.term); }
    void add(const change::given& one) noexcept { add(one.to), add(one.part), add(one.term); }
    void add(const change::let_go& one) noexcept { add(one.part), add(one.term); }
    void add(const change::claimed& one) noexcept { add(one.item), add(one.fence); }
    void add(const change::claimed_by_lease& one) noexcept { add(one.item), add(one.fence); }
    void add(const change::way_changed& one) noexcept { add(one.part), add(one.version); }
    void add(const change::freed& one) noexcept { add(one.item), add(one.session); }
    void add(const change::acknowledged& one) noexcept { add(one.item), add(one.held_fence); }
    void add(const change::buried& one) noexcept { add(one.item); }
    void add(const change::effect& one) noexcept { add(one.item); }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace leasehold::model
