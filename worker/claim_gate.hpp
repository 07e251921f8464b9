#pragma once

#include <condition_variable>
#include <mutex>

namespace leasehold {

/// Keeps a session's own transactions apart where PostgreSQL would see a conflict between them: a
/// claim changes index pages that an acknowledgement in another transaction has read, and the other
/// way round. Acknowledgements on slot connections pass together; a claim passes alone, and is not
/// starved by them.
class claim_gate {
public:
    void lock() {  // a claim
        std::unique_lock held{mutex_};
        ++claims_waiting_;
        changed_.wait(held, [this] { return passing_ == 0 && !closed_; });
        --claims_waiting_;
        closed_ = true;
    }
    void unlock() {
        const std::scoped_lock held{mutex_};
        closed_ = false;
        changed_.notify_all();
    }
    void lock_shared() {  // an acknowledgement
        std::unique_lock held{mutex_};
        changed_.wait(held, [this] { return !closed_ && claims_waiting_ == 0; });
        ++passing_;
    }
    void unlock_shared() {
        const std::scoped_lock held{mutex_};
        --passing_;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int passing_ = 0;
    int claims_waiting_ = 0;
    bool closed_ = false;
};

}  // namespace leasehold
