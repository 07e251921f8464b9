#include "tests/model/fiber.hpp"

#include <cxxabi.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define LEASEHOLD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEASEHOLD_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define LEASEHOLD_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define LEASEHOLD_TSAN 1
#endif

#ifdef LEASEHOLD_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef LEASEHOLD_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace leasehold::model {

namespace {

constexpr std::size_t stack_bytes = 256UL * 1024;

using stack = std::unique_ptr<std::byte[]>;

/// Stacks of fibers that are over: a new one costs more than all the fiber does.
std::vector<stack>& spare_stacks() {
    thread_local std::vector<stack> spare;
    return spare;
}

stack take_stack() {
    auto& spare = spare_stacks();
    if (spare.empty()) {
        return stack{new std::byte[stack_bytes]};
    }
    auto one = std::move(spare.back());
    spare.pop_back();
    return one;
}

/// The exceptions that a thread is handling right now belong to the fiber that handles them.
struct exceptions_in_hand {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

exceptions_in_hand& in_hand() {
    return *reinterpret_cast<exceptions_in_hand*>(abi::__cxa_get_globals());
}

}  // namespace

struct fiber::machinery {
    std::function<void()> body;
    stack memory{take_stack()};
    ucontext_t inner{};
    ucontext_t outer{};
    exceptions_in_hand own{};
    bool started = false;
    bool over = false;
    bool killed = false;
#ifdef LEASEHOLD_ASAN
    void* inner_fake = nullptr;
    void* outer_fake = nullptr;
    const void* outer_bottom = nullptr;
    std::size_t outer_size = 0;
#endif
#ifdef LEASEHOLD_TSAN
    void* inner_tsan = __tsan_create_fiber(0);
    void* outer_tsan = nullptr;
#endif

    void enter() {
        std::swap(in_hand(), own);
#ifdef LEASEHOLD_TSAN
        outer_tsan = __tsan_get_current_fiber();
        __tsan_switch_to_fiber(inner_tsan, 0);
#endif
#ifdef LEASEHOLD_ASAN
        __sanitizer_start_switch_fiber(&outer_fake, memory.get(), stack_bytes);
#endif
        swapcontext(&outer, &inner);
#ifdef LEASEHOLD_ASAN
        __sanitizer_finish_switch_fiber(outer_fake, nullptr, nullptr);
#endif
        std::swap(in_hand(), own);
    }

    void leave() {
#ifdef LEASEHOLD_TSAN
        __tsan_switch_to_fiber(outer_tsan, 0);
#endif
#ifdef LEASEHOLD_ASAN
        __sanitizer_start_switch_fiber(over ? nullptr : &inner_fake, outer_bottom, outer_size);
#endif
        swapcontext(&inner, &outer);
        arrived();
    }

    void arrived() {
#ifdef LEASEHOLD_ASAN
        __sanitizer_finish_switch_fiber(inner_fake, &outer_bottom, &outer_size);
#endif
    }

    void run() {
        arrived();
        try {
            body();
        } catch (const fiber_killed&) {  // as it was asked to
        }
        body = nullptr;
        over = true;
        leave();
        std::abort();  // nobody resumes a fiber that is over
    }

    /// makecontext() passes ints only.
    static void begin(unsigned int high, unsigned int low) {
        const auto address = static_cast<std::uintptr_t>(high) << 32U | low;
        reinterpret_cast<machinery*>(address)->run();
    }
};

fiber::fiber(std::function<void()> body) : inside_(std::make_unique<machinery>()) {
    inside_->body = std::move(body);
    getcontext(&inside_->inner);
    inside_->inner.uc_stack.ss_sp = inside_->memory.get();
    inside_->inner.uc_stack.ss_size = stack_bytes;
    inside_->inner.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(inside_.get());
    makecontext(&inside_->inner, reinterpret_cast<void (*)()>(&machinery::begin), 2,
                static_cast<unsigned int>(address >> 32U), static_cast<unsigned int>(address));
}

fiber::~fiber() {
    kill();
#ifdef LEASEHOLD_TSAN
    __tsan_destroy_fiber(inside_->inner_tsan);
#endif
    spare_stacks().push_back(std::move(inside_->memory));
}

void fiber::resume() {
    if (!inside_->over) {
        inside_->started = true;
        inside_->enter();
    }
}

void fiber::kill() {
    inside_->killed = true;
    if (inside_->started) {
        resume();
    } else {
        inside_->over = true;
    }
}

bool fiber::is_over() const noexcept { return inside_->over; }

void fiber::suspend() {
    if (inside_->killed) {
        throw fiber_killed{};
    }
    inside_->leave();
    if (inside_->killed) {
        throw fiber_killed{};
    }
}

}  // namespace leasehold::model
