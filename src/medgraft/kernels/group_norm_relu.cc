#include "medgraft/kernels/group_norm_relu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "medgraft/base/error.h"
#include "medgraft/kernels/group_norm_relu_kernel.h"

namespace medgraft::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

struct GroupNormRelu : torch::autograd::Function<GroupNormRelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& gamma, const at::Tensor& beta,
                            int64_t groups, double eps) {
    const auto x = input.contiguous(kChannelsLast);
    const GroupNormShape shape{x.size(0), x.size(1), x.size(2) * x.size(3), groups};
    const auto y = at::empty_like(x);
    const auto mean = at::empty({shape.batch, groups}, x.options());
    const auto rstd = at::empty_like(mean);
    const GroupNormBuffers buffers{
        x.const_data_ptr<float>(),      gamma.const_data_ptr<float>(),
        beta.const_data_ptr<float>(),   y.mutable_data_ptr<float>(),
        mean.mutable_data_ptr<float>(), rstd.mutable_data_ptr<float>()};
    at::parallel_for(0, shape.batch, 1, [&](int64_t first, int64_t last) {
      group_norm_relu_cpu(shape, buffers, static_cast<float>(eps), first, last);
    });
    context->save_for_backward({x, gamma, y, mean, rstd});
    context->saved_data["groups"] = groups;
    return y;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto active =
        at::threshold_backward(gradients[0], saved[2], 0).contiguous(kChannelsLast);
    auto [dx, dgamma, dbeta] = at::native_group_norm_backward(
        active, x, saved[3], saved[4], saved[1], x.size(0), x.size(1),
        x.size(2) * x.size(3), context->saved_data["groups"].toInt(), {true, true, true});
    return {dx, dgamma, dbeta, {}, {}};
  }
};

}  // namespace

at::Tensor group_norm_relu(const at::Tensor& x, const at::Tensor& gamma,
                           const at::Tensor& beta, int64_t groups, double eps) {
  require(x.dim() == 4, "group_norm_relu expects [N, C, H, W], got ", x.sizes());
  require(groups > 0 && x.size(1) % groups == 0, "group_norm_relu: ", x.size(1),
          " channels do not divide into ", groups, " groups");
  require(
      x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16),
      "group_norm_relu takes float32 or bfloat16 on the CPU, got ", x.scalar_type(),
      " on ", x.device());
  return GroupNormRelu::apply(x.to(at::kFloat), gamma, beta, groups, eps);
}

}  // namespace medgraft::kernels
