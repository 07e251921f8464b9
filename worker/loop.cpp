#include "worker/loop.hpp"

#include <utility>  // before Asio: Boost 1.74 uses std::exchange without it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <thread>

namespace leasehold {

namespace asio = boost::asio;

struct loop::machinery {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> keeps_running{io.get_executor()};
    asio::steady_timer timer{io};
    std::jthread thread{};
};

loop::loop(std::function<steady_time()> step,
           std::function<milliseconds(const std::exception&)> on_failure)
    : step_(std::move(step)),
      on_failure_(std::move(on_failure)),
      machinery_(std::make_unique<machinery>()) {}

loop::~loop() { stop(); }

void loop::start() {
    wake();
    machinery_->thread = std::jthread{[this] { machinery_->io.run(); }};
}

void loop::wake() {
    if (!woken_.exchange(true)) {
        asio::post(machinery_->io, [this] { run_step(); });
    }
}

void loop::stop() {
    machinery_->io.stop();
    if (machinery_->thread.joinable()) {
        machinery_->thread.join();
    }
}

void loop::run_step() {
    // Cleared first: a wake that comes while the step runs leads to another step.
    woken_ = false;
    steady_time next{};
    try {
        next = step_();
    } catch (const std::exception& error) {
        next = std::chrono::steady_clock::now() + on_failure_(error);
    }
    sleep_until(next);
}

void loop::sleep_until(steady_time when) {
    machinery_->timer.expires_at(when);  // ends the wait before
    machinery_->timer.async_wait([this](const boost::system::error_code& error) {
        if (!error && !woken_.exchange(true)) {
            run_step();
        }
    });
}

}  // namespace leasehold
