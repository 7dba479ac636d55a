// Histograms of one name, found by their labels without building these anew for each observation.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <prometheus/family.h>
#include <prometheus/histogram.h>

namespace penstock::monitor {

/// Thread-safe. What is known is found under a shared lock by one text that stands for all labels.
class HistogramFamily {
 public:
  using Labels = std::map<std::string, std::string>;

  HistogramFamily(prometheus::Family<prometheus::Histogram>& family,
                  prometheus::Histogram::BucketBoundaries boundaries)
      : family_(family), boundaries_(std::move(boundaries)) {}

  /// `labels` gives those that `key` stands for; called when the key is new.
  template <typename MakeLabels>
  void observe(std::string_view key, double value, MakeLabels&& labels) {
    prometheus::Histogram* histogram = find(key);
    if (histogram == nullptr) histogram = &add(key, labels());
    histogram->Observe(value);
  }

 private:
  [[nodiscard]] prometheus::Histogram* find(std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : found->second;
  }
  [[nodiscard]] prometheus::Histogram& add(std::string_view key, const Labels& labels) {
    const std::unique_lock lock(mutex_);
    prometheus::Histogram& histogram = family_.Add(labels, boundaries_);
    known_.emplace(key, &histogram);
    return histogram;
  }

  prometheus::Family<prometheus::Histogram>& family_;
  const prometheus::Histogram::BucketBoundaries boundaries_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, prometheus::Histogram*, std::less<>> known_;
};

}  // namespace penstock::monitor
