#include <leasehold/time.hpp>

namespace leasehold {

namespace {
class steady final : public clock {
public:
    steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
};
}  // namespace

const clock& machine_clock() noexcept {
    static const steady the_clock;
    return the_clock;
}

}  // namespace leasehold
