#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace medgraft::data {

/// Threads that live as long as the loader and take items of one task at a time.
class Crew {
 public:
  explicit Crew(int num_threads) {
    for (int i = 1; i < num_threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// Calls work(i) for each i in [0, count), the caller's thread working too.
  void run(size_t count, const std::function<void(size_t)>& work) {
    const std::lock_guard one_task(task_mutex_);
    std::unique_lock lock(mutex_);
    work_ = &work;
    next_ = 0;
    count_ = count;
    error_ = nullptr;
    wake_.notify_all();
    take_items(lock);
    idle_.wait(lock, [this] { return busy_ == 0; });
    work_ = nullptr;
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return ending_ || (work_ && next_ < count_); });
      if (ending_) return;
      take_items(lock);
    }
  }

  void take_items(std::unique_lock<std::mutex>& lock) {
    ++busy_;
    while (next_ < count_) {
      const size_t item = next_++;
      lock.unlock();
      std::exception_ptr error;
      try {
        (*work_)(item);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error && !error_) error_ = error;
    }
    if (--busy_ == 0) idle_.notify_all();
  }

  std::vector<std::thread> threads_;
  std::mutex task_mutex_, mutex_;
  std::condition_variable wake_, idle_;
  const std::function<void(size_t)>* work_ = nullptr;
  size_t next_ = 0, count_ = 0;
  int busy_ = 0;
  bool ending_ = false;
  std::exception_ptr error_;
};

}  // namespace medgraft::data
