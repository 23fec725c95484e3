#include "coverage/condition.h"

#include <boost/math/distributions/normal.hpp>
#include <numbers>

#include "medgraft/base/error.h"

namespace medgraft::coverage {

double Condition::separation() const {
  return std::numbers::sqrt2 * boost::math::quantile(boost::math::normal(), auroc);
}

std::string Condition::name() const {
  const char* labels = patients == Patients::kSingleCase ? "distinct"
                       : patients == Patients::kOneLabel ? "one"
                                                         : "mixed";
  return text("patients=", num_patients, " prevalence=", prevalence, " auroc=", auroc,
              " correlation=", correlation, " labels=", labels);
}

std::vector<Condition> all_conditions() {
  std::vector<Condition> out;
  for (const int64_t num_patients : {50, 200, 1000}) {
    for (const double auroc : {0.7, 0.9, 0.97}) {
      for (const double prevalence : {0.05, 0.2, 0.5}) {
        out.push_back({num_patients, prevalence, auroc, 0, Patients::kSingleCase});
        for (const auto patients : {Patients::kOneLabel, Patients::kMixed}) {
          for (const double correlation : {0.0, 0.5}) {
            out.push_back({num_patients, prevalence, auroc, correlation, patients});
          }
        }
      }
    }
  }
  return out;
}

}  // namespace medgraft::coverage
