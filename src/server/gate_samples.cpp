#include "server/gate_samples.hpp"

#include <string>
#include <utility>

namespace penstock::server {

using monitor::Sample;
using monitor::SampleType;

void append_gate_samples(QueryGate& gate, std::vector<Sample>& samples) {
  const GateStatistics turned_away = gate.statistics();
  for (const auto& [limit, count] : {std::pair("requests_per_minute", turned_away.by_requests_per_minute),
                                     std::pair("max_concurrent", turned_away.by_max_concurrent)}) {
    samples.push_back({"penstock_limited_total",
                       "Requests and queries that the limits of their principals turned away.",
                       SampleType::counter,
                       {{"limit", limit}},
                       static_cast<double>(count)});
  }
  AuditLog* audit = gate.audit();
  if (audit == nullptr) return;
  const AuditStatistics log = audit->statistics();
  const auto add = [&](const char* name, const char* help, SampleType type, double value) {
    samples.push_back({name, help, type, {}, value});
  };
  add("penstock_audit_records_total", "Lines of the audit log that were written.", SampleType::counter,
      static_cast<double>(log.written));
  add("penstock_audit_lost_total", "Lines of the audit log that were lost.", SampleType::counter,
      static_cast<double>(log.lost));
  add("penstock_audit_refused_total", "Queries that were refused, as the audit log could not be written.",
      SampleType::counter, static_cast<double>(log.refused));
  add("penstock_audit_waiting_bytes", "Bytes of the audit log that wait to be written.", SampleType::gauge,
      static_cast<double>(log.waiting_bytes));
  add("penstock_audit_failing", "1 while the audit log cannot be written.", SampleType::gauge,
      log.failing ? 1 : 0);
}

}  // namespace penstock::server
