module @convolutions {
  func.func public @main(%arg0: tensor<2x4x8x8xf32>, %arg1: tensor<6x2x3x3xf32>, %arg2: tensor<6x1x3x3xf32>) -> (tensor<2x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6x1x3x3xf32>) {
    %0 = stablehlo.slice %arg0 [0:2, 0:2, 0:8, 0:8] : (tensor<2x4x8x8xf32>) -> tensor<2x2x8x8xf32>
    %1 = stablehlo.slice %arg1 [0:3, 0:2, 0:3, 0:3] : (tensor<6x2x3x3xf32>) -> tensor<3x2x3x3xf32>
    %2 = stablehlo.convolution(%0, %1) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x2x8x8xf32>, tensor<3x2x3x3xf32>) -> tensor<2x3x4x4xf32>
    %3 = stablehlo.slice %arg0 [0:2, 2:4, 0:8, 0:8] : (tensor<2x4x8x8xf32>) -> tensor<2x2x8x8xf32>
    %4 = stablehlo.slice %arg1 [3:6, 0:2, 0:3, 0:3] : (tensor<6x2x3x3xf32>) -> tensor<3x2x3x3xf32>
    %5 = stablehlo.convolution(%3, %4) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x2x8x8xf32>, tensor<3x2x3x3xf32>) -> tensor<2x3x4x4xf32>
    %6 = stablehlo.concatenate %2, %5, dim = 1 : (tensor<2x3x4x4xf32>, tensor<2x3x4x4xf32>) -> tensor<2x6x4x4xf32>
    %7 = stablehlo.constant dense<1.0> : tensor<f32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<f32>) -> tensor<2x6x4x2xf32>
    %9 = stablehlo.reverse %arg2, dims = [2, 3] : tensor<6x1x3x3xf32>
    %10 = stablehlo.reshape %9 : (tensor<6x1x3x3xf32>) -> tensor<6x1x1x3x3xf32>
    %11 = stablehlo.transpose %10, dims = [0, 2, 1, 3, 4] : (tensor<6x1x1x3x3xf32>) -> tensor<6x1x1x3x3xf32>
    %12 = stablehlo.reshape %11 : (tensor<6x1x1x3x3xf32>) -> tensor<6x1x3x3xf32>
    %13 = stablehlo.convolution(%8, %12) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[2, 2], [3, 3]], lhs_dilate = [1, 1], rhs_dilate = [2, 2], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 6 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x6x4x2xf32>, tensor<6x1x3x3xf32>) -> tensor<2x6x4x4xf32>
    %14 = stablehlo.convolution(%6, %8) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [2, 2], pad = [[2, 2], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 6 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x6x4x4xf32>, tensor<2x6x4x2xf32>) -> tensor<6x1x3x3xf32>
    %15 = stablehlo.slice %13 [0:2, 0:3, 0:4, 0:4] : (tensor<2x6x4x4xf32>) -> tensor<2x3x4x4xf32>
    %16 = stablehlo.slice %arg1 [0:3, 0:2, 0:3, 0:3] : (tensor<6x2x3x3xf32>) -> tensor<3x2x3x3xf32>
    %17 = stablehlo.reverse %16, dims = [2, 3] : tensor<3x2x3x3xf32>
    %18 = stablehlo.convolution(%15, %17) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x3x4x4xf32>, tensor<3x2x3x3xf32>) -> tensor<2x2x8x8xf32>
    %19 = stablehlo.slice %13 [0:2, 3:6, 0:4, 0:4] : (tensor<2x6x4x4xf32>) -> tensor<2x3x4x4xf32>
    %20 = stablehlo.slice %arg1 [3:6, 0:2, 0:3, 0:3] : (tensor<6x2x3x3xf32>) -> tensor<3x2x3x3xf32>
    %21 = stablehlo.reverse %20, dims = [2, 3] : tensor<3x2x3x3xf32>
    %22 = stablehlo.convolution(%19, %21) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x3x4x4xf32>, tensor<3x2x3x3xf32>) -> tensor<2x2x8x8xf32>
    %23 = stablehlo.concatenate %18, %22, dim = 1 : (tensor<2x2x8x8xf32>, tensor<2x2x8x8xf32>) -> tensor<2x4x8x8xf32>
    %24 = stablehlo.convolution(%arg0, %13) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2], reverse = [false, false]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x8x8xf32>, tensor<2x6x4x4xf32>) -> tensor<6x2x3x3xf32>
    return %23, %24, %14 : tensor<2x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6x1x3x3xf32>
  }
}
