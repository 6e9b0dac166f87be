module @step {
  func.func public @main(%arg0: tensor<8xf32>, %arg1: tensor<8x1x3x3xf32>, %arg2: tensor<8x2x1x1xf32>, %arg3: tensor<6x2x1x1xf32>, %arg4: tensor<2x4x1x1xf32>, %arg5: tensor<2x4x1x1xf32>, %arg6: tensor<8x1x1xf32>, %arg7: tensor<8x1x1xf32>, %arg8: tensor<8xf32>, %arg9: tensor<8xf32>, %arg10: tensor<3xf32>, %arg11: tensor<3x8xf32>, %arg12: tensor<8xf32>, %arg13: tensor<8x1x3x3xf32>, %arg14: tensor<8x2x1x1xf32>, %arg15: tensor<6x2x1x1xf32>, %arg16: tensor<2x4x1x1xf32>, %arg17: tensor<2x4x1x1xf32>, %arg18: tensor<8x1x1xf32>, %arg19: tensor<8x1x1xf32>, %arg20: tensor<8xf32>, %arg21: tensor<8xf32>, %arg22: tensor<3xf32>, %arg23: tensor<3x8xf32>, %arg24: tensor<4x8x6x6xf32>, %arg25: tensor<4xi32>) -> (tensor<f32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>) {
    %0 = stablehlo.iota dim = 1 : tensor<4x3xi32>
    %1 = stablehlo.broadcast_in_dim %arg25, dims = [0] : (tensor<4xi32>) -> tensor<4x3xi32>
    %2 = stablehlo.compare EQ, %1, %0, SIGNED : (tensor<4x3xi32>, tensor<4x3xi32>) -> tensor<4x3xi1>
    %3 = stablehlo.convert %2 : (tensor<4x3xi1>) -> tensor<4x3xi32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.reduce(%3 init: %4) applies stablehlo.add across dimensions = [1] : (tensor<4x3xi32>, tensor<i32>) -> tensor<4xi32>
    %6 = stablehlo.constant dense<0> : tensor<4xi32>
    %7 = stablehlo.compare NE, %5, %6, SIGNED : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
    %8 = stablehlo.constant dense<4.0> : tensor<f32>
    %9 = stablehlo.constant dense<1.0> : tensor<f32>
    %10 = stablehlo.divide %9, %8 : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %12 = stablehlo.constant dense<0.0> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %14 = stablehlo.select %7, %11, %13 : tensor<4xi1>, tensor<4xf32>
    %15 = stablehlo.negate %14 : tensor<4xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %17 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %18 = stablehlo.select %2, %16, %17 : tensor<4x3xi1>, tensor<4x3xf32>
    %19 = stablehlo.negate %18 : tensor<4x3xf32>
    %20 = stablehlo.reduce(%19 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %21 = stablehlo.broadcast_in_dim %arg7, dims = [1, 2, 3] : (tensor<8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %22 = stablehlo.broadcast_in_dim %arg6, dims = [1, 2, 3] : (tensor<8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %23 = stablehlo.reduce(%arg7 init: %12) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<8x1x1xf32>, tensor<f32>) -> tensor<f32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %25 = stablehlo.divide %arg7, %24 : tensor<8x1x1xf32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [1, 2, 3] : (tensor<8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %27 = stablehlo.reshape %arg0 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [1, 2, 3] : (tensor<8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %29 = stablehlo.broadcast_in_dim %arg9, dims = [1] : (tensor<8xf32>) -> tensor<4x8x6x6xf32>
    %30 = stablehlo.broadcast_in_dim %arg8, dims = [1] : (tensor<8xf32>) -> tensor<4x8x6x6xf32>
    %31 = stablehlo.reshape %arg24 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %32 = stablehlo.reduce(%31 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %33 = stablehlo.constant dense<72.0> : tensor<f32>
    %34 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %35 = stablehlo.divide %32, %34 : tensor<4x4xf32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %37 = stablehlo.subtract %31, %36 : tensor<4x4x72xf32>
    %38 = stablehlo.multiply %37, %37 : tensor<4x4x72xf32>
    %39 = stablehlo.reduce(%38 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %40 = stablehlo.constant dense<71.0> : tensor<f32>
    %41 = stablehlo.broadcast_in_dim %40, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %42 = stablehlo.divide %39, %41 : tensor<4x4xf32>
    %43 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %44 = stablehlo.compare EQ, %42, %43, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %45 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %46 = stablehlo.select %44, %45, %42 : tensor<4x4xi1>, tensor<4x4xf32>
    %47 = stablehlo.sqrt %46 : tensor<4x4xf32>
    %48 = stablehlo.select %44, %43, %47 : tensor<4x4xi1>, tensor<4x4xf32>
    %49 = stablehlo.constant dense<1.0e-10> : tensor<f32>
    %50 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %51 = stablehlo.add %48, %50 : tensor<4x4xf32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %53 = stablehlo.divide %37, %52 : tensor<4x4x72xf32>
    %54 = stablehlo.reshape %53 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %55 = stablehlo.multiply %54, %21 : tensor<4x8x6x6xf32>
    %56 = stablehlo.add %55, %22 : tensor<4x8x6x6xf32>
    %57 = stablehlo.multiply %56, %26 : tensor<4x8x6x6xf32>
    %58 = stablehlo.constant dense<1.0> : tensor<4x8x6x6xf32>
    %59 = stablehlo.negate %57 : tensor<4x8x6x6xf32>
    %60 = stablehlo.exponential %59 : tensor<4x8x6x6xf32>
    %61 = stablehlo.add %60, %58 : tensor<4x8x6x6xf32>
    %62 = stablehlo.divide %58, %61 : tensor<4x8x6x6xf32>
    %63 = stablehlo.constant dense<0.5> : tensor<f32>
    %64 = stablehlo.broadcast_in_dim %63, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %65 = stablehlo.compare LE, %64, %62, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %66 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %67 = stablehlo.select %65, %56, %66 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %68 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %69 = stablehlo.select %65, %68, %56 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %70 = stablehlo.slice %67 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %71 = stablehlo.slice %67 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %72 = stablehlo.slice %69 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %73 = stablehlo.slice %69 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %74 = stablehlo.add %70, %73 : tensor<4x4x6x6xf32>
    %75 = stablehlo.add %71, %72 : tensor<4x4x6x6xf32>
    %76 = stablehlo.concatenate %74, %75, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %77 = stablehlo.slice %76 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %78 = stablehlo.slice %76 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %79 = stablehlo.convolution(%77, %arg4) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %80 = stablehlo.convolution(%78, %arg5) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %81 = stablehlo.convolution(%79, %arg1) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x1x3x3xf32>) -> tensor<4x8x6x6xf32>
    %82 = stablehlo.add %81, %28 : tensor<4x8x6x6xf32>
    %83 = stablehlo.convolution(%79, %arg2) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x8x6x6xf32>
    %84 = stablehlo.add %82, %83 : tensor<4x8x6x6xf32>
    %85 = stablehlo.convolution(%80, %arg3) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x6x6x6xf32>
    %86 = stablehlo.concatenate %85, %80, dim = 1 : (tensor<4x6x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<4x8x6x6xf32>
    %87 = stablehlo.reduce(%84 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %88 = stablehlo.constant dense<36.0> : tensor<f32>
    %89 = stablehlo.broadcast_in_dim %88, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %90 = stablehlo.divide %87, %89 : tensor<4x8xf32>
    %91 = stablehlo.reshape %90 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %92 = stablehlo.reduce(%86 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %93 = stablehlo.broadcast_in_dim %88, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %94 = stablehlo.divide %92, %93 : tensor<4x8xf32>
    %95 = stablehlo.reshape %94 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %96 = stablehlo.concatenate %91, %95, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %97 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %98 = stablehlo.reduce(%96 init: %97) applies stablehlo.maximum across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %99 = stablehlo.broadcast_in_dim %98, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %100 = stablehlo.subtract %96, %99 : tensor<4x16x1x1xf32>
    %101 = stablehlo.exponential %100 : tensor<4x16x1x1xf32>
    %102 = stablehlo.reduce(%101 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %103 = stablehlo.broadcast_in_dim %102, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %104 = stablehlo.divide %101, %103 : tensor<4x16x1x1xf32>
    %105 = stablehlo.slice %104 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %106 = stablehlo.slice %104 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %107 = stablehlo.broadcast_in_dim %105, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %108 = stablehlo.multiply %107, %84 : tensor<4x8x6x6xf32>
    %109 = stablehlo.broadcast_in_dim %106, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %110 = stablehlo.multiply %109, %86 : tensor<4x8x6x6xf32>
    %111 = stablehlo.add %108, %110 : tensor<4x8x6x6xf32>
    %112 = stablehlo.reshape %111 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %113 = stablehlo.reduce(%112 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %114 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %115 = stablehlo.divide %113, %114 : tensor<4x4xf32>
    %116 = stablehlo.broadcast_in_dim %115, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %117 = stablehlo.subtract %112, %116 : tensor<4x4x72xf32>
    %118 = stablehlo.multiply %117, %117 : tensor<4x4x72xf32>
    %119 = stablehlo.reduce(%118 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %120 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %121 = stablehlo.divide %119, %120 : tensor<4x4xf32>
    %122 = stablehlo.constant dense<0.00001> : tensor<f32>
    %123 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %124 = stablehlo.add %121, %123 : tensor<4x4xf32>
    %125 = stablehlo.constant dense<1.0> : tensor<4x4xf32>
    %126 = stablehlo.sqrt %124 : tensor<4x4xf32>
    %127 = stablehlo.divide %125, %126 : tensor<4x4xf32>
    %128 = stablehlo.broadcast_in_dim %127, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %129 = stablehlo.multiply %117, %128 : tensor<4x4x72xf32>
    %130 = stablehlo.reshape %129 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %131 = stablehlo.multiply %130, %29 : tensor<4x8x6x6xf32>
    %132 = stablehlo.add %131, %30 : tensor<4x8x6x6xf32>
    %133 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %134 = stablehlo.compare LE, %132, %133, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %135 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %136 = stablehlo.select %134, %135, %132 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %137 = stablehlo.reduce(%136 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %138 = stablehlo.broadcast_in_dim %88, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %139 = stablehlo.divide %137, %138 : tensor<4x8xf32>
    %140 = stablehlo.transpose %arg11, dims = [1, 0] : (tensor<3x8xf32>) -> tensor<8x3xf32>
    %141 = stablehlo.dot_general %139, %140, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32>
    %142 = stablehlo.broadcast_in_dim %arg10, dims = [1] : (tensor<3xf32>) -> tensor<4x3xf32>
    %143 = stablehlo.add %141, %142 : tensor<4x3xf32>
    %144 = stablehlo.reduce(%143 init: %97) applies stablehlo.maximum across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %145 = stablehlo.broadcast_in_dim %144, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %146 = stablehlo.subtract %143, %145 : tensor<4x3xf32>
    %147 = stablehlo.exponential %146 : tensor<4x3xf32>
    %148 = stablehlo.reduce(%147 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %149 = stablehlo.log %148 : tensor<4xf32>
    %150 = stablehlo.broadcast_in_dim %149, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %151 = stablehlo.subtract %146, %150 : tensor<4x3xf32>
    %152 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %153 = stablehlo.select %2, %151, %152 : tensor<4x3xi1>, tensor<4x3xf32>
    %154 = stablehlo.reduce(%153 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %155 = stablehlo.negate %154 : tensor<4xf32>
    %156 = stablehlo.constant dense<0x7FC00000> : tensor<f32>
    %157 = stablehlo.broadcast_in_dim %156, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %158 = stablehlo.select %7, %155, %157 : tensor<4xi1>, tensor<4xf32>
    %159 = stablehlo.reduce(%158 init: %12) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %160 = stablehlo.divide %159, %8 : tensor<f32>
    %161 = stablehlo.divide %20, %148 : tensor<4xf32>
    %162 = stablehlo.broadcast_in_dim %161, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %163 = stablehlo.multiply %162, %147 : tensor<4x3xf32>
    %164 = stablehlo.add %18, %163 : tensor<4x3xf32>
    %165 = stablehlo.reduce(%164 init: %12) applies stablehlo.add across dimensions = [0] : (tensor<4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %166 = stablehlo.dot_general %164, %140, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x3xf32>, tensor<8x3xf32>) -> tensor<4x8xf32>
    %167 = stablehlo.dot_general %164, %139, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x3xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
    %168 = stablehlo.transpose %167, dims = [1, 0] : (tensor<3x8xf32>) -> tensor<8x3xf32>
    %169 = stablehlo.transpose %168, dims = [1, 0] : (tensor<8x3xf32>) -> tensor<3x8xf32>
    %170 = stablehlo.divide %166, %138 : tensor<4x8xf32>
    %171 = stablehlo.broadcast_in_dim %170, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %172:13 = stablehlo.optimization_barrier %arg24, %21, %22, %26, %arg4, %arg5, %arg1, %28, %arg2, %arg3, %29, %30, %171 : tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x3x3xf32>, tensor<4x8x6x6xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>
    %173 = stablehlo.reshape %172#0 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %174 = stablehlo.reduce(%173 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %175 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %176 = stablehlo.divide %174, %175 : tensor<4x4xf32>
    %177 = stablehlo.broadcast_in_dim %176, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %178 = stablehlo.subtract %173, %177 : tensor<4x4x72xf32>
    %179 = stablehlo.multiply %178, %178 : tensor<4x4x72xf32>
    %180 = stablehlo.reduce(%179 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %181 = stablehlo.broadcast_in_dim %40, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %182 = stablehlo.divide %180, %181 : tensor<4x4xf32>
    %183 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %184 = stablehlo.compare EQ, %182, %183, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %185 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %186 = stablehlo.select %184, %185, %182 : tensor<4x4xi1>, tensor<4x4xf32>
    %187 = stablehlo.sqrt %186 : tensor<4x4xf32>
    %188 = stablehlo.select %184, %183, %187 : tensor<4x4xi1>, tensor<4x4xf32>
    %189 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %190 = stablehlo.add %188, %189 : tensor<4x4xf32>
    %191 = stablehlo.broadcast_in_dim %190, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %192 = stablehlo.divide %178, %191 : tensor<4x4x72xf32>
    %193 = stablehlo.reshape %192 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %194 = stablehlo.multiply %193, %172#1 : tensor<4x8x6x6xf32>
    %195 = stablehlo.add %194, %172#2 : tensor<4x8x6x6xf32>
    %196 = stablehlo.multiply %195, %172#3 : tensor<4x8x6x6xf32>
    %197 = stablehlo.negate %196 : tensor<4x8x6x6xf32>
    %198 = stablehlo.exponential %197 : tensor<4x8x6x6xf32>
    %199 = stablehlo.add %198, %58 : tensor<4x8x6x6xf32>
    %200 = stablehlo.divide %58, %199 : tensor<4x8x6x6xf32>
    %201 = stablehlo.broadcast_in_dim %63, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %202 = stablehlo.compare LE, %201, %200, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %203 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %204 = stablehlo.select %202, %195, %203 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %205 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %206 = stablehlo.select %202, %205, %195 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %207 = stablehlo.slice %204 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %208 = stablehlo.slice %204 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %209 = stablehlo.slice %206 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %210 = stablehlo.slice %206 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %211 = stablehlo.add %207, %210 : tensor<4x4x6x6xf32>
    %212 = stablehlo.add %208, %209 : tensor<4x4x6x6xf32>
    %213 = stablehlo.concatenate %211, %212, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %214 = stablehlo.slice %213 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %215 = stablehlo.slice %213 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %216 = stablehlo.convolution(%214, %172#4) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %217 = stablehlo.convolution(%215, %172#5) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %218 = stablehlo.convolution(%216, %172#6) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x1x3x3xf32>) -> tensor<4x8x6x6xf32>
    %219 = stablehlo.add %218, %172#7 : tensor<4x8x6x6xf32>
    %220 = stablehlo.convolution(%216, %172#8) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x8x6x6xf32>
    %221 = stablehlo.add %219, %220 : tensor<4x8x6x6xf32>
    %222 = stablehlo.convolution(%217, %172#9) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x6x6x6xf32>
    %223 = stablehlo.concatenate %222, %217, dim = 1 : (tensor<4x6x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<4x8x6x6xf32>
    %224 = stablehlo.reduce(%221 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %225 = stablehlo.broadcast_in_dim %88, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %226 = stablehlo.divide %224, %225 : tensor<4x8xf32>
    %227 = stablehlo.reshape %226 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %228 = stablehlo.reduce(%223 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %229 = stablehlo.broadcast_in_dim %88, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %230 = stablehlo.divide %228, %229 : tensor<4x8xf32>
    %231 = stablehlo.reshape %230 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %232 = stablehlo.concatenate %227, %231, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %233 = stablehlo.reduce(%232 init: %97) applies stablehlo.maximum across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %234 = stablehlo.broadcast_in_dim %233, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %235 = stablehlo.subtract %232, %234 : tensor<4x16x1x1xf32>
    %236 = stablehlo.exponential %235 : tensor<4x16x1x1xf32>
    %237 = stablehlo.reduce(%236 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %238 = stablehlo.broadcast_in_dim %237, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %239 = stablehlo.divide %236, %238 : tensor<4x16x1x1xf32>
    %240 = stablehlo.slice %239 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %241 = stablehlo.slice %239 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %242 = stablehlo.broadcast_in_dim %240, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %243 = stablehlo.multiply %242, %221 : tensor<4x8x6x6xf32>
    %244 = stablehlo.broadcast_in_dim %241, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %245 = stablehlo.multiply %244, %223 : tensor<4x8x6x6xf32>
    %246 = stablehlo.add %243, %245 : tensor<4x8x6x6xf32>
    %247 = stablehlo.reshape %246 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %248 = stablehlo.reduce(%247 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %249 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %250 = stablehlo.divide %248, %249 : tensor<4x4xf32>
    %251 = stablehlo.broadcast_in_dim %250, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %252 = stablehlo.subtract %247, %251 : tensor<4x4x72xf32>
    %253 = stablehlo.multiply %252, %252 : tensor<4x4x72xf32>
    %254 = stablehlo.reduce(%253 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %255 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %256 = stablehlo.divide %254, %255 : tensor<4x4xf32>
    %257 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %258 = stablehlo.add %256, %257 : tensor<4x4xf32>
    %259 = stablehlo.sqrt %258 : tensor<4x4xf32>
    %260 = stablehlo.divide %125, %259 : tensor<4x4xf32>
    %261 = stablehlo.broadcast_in_dim %260, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %262 = stablehlo.multiply %252, %261 : tensor<4x4x72xf32>
    %263 = stablehlo.reshape %262 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %264 = stablehlo.multiply %263, %172#10 : tensor<4x8x6x6xf32>
    %265 = stablehlo.add %264, %172#11 : tensor<4x8x6x6xf32>
    %266 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %267 = stablehlo.compare LE, %265, %266, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %268 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %269 = stablehlo.select %267, %268, %172#12 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %270 = stablehlo.multiply %269, %172#10 : tensor<4x8x6x6xf32>
    %271 = stablehlo.multiply %269, %263 : tensor<4x8x6x6xf32>
    %272 = stablehlo.reshape %270 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %273 = stablehlo.multiply %272, %261 : tensor<4x4x72xf32>
    %274 = stablehlo.multiply %272, %252 : tensor<4x4x72xf32>
    %275 = stablehlo.reduce(%274 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %276 = stablehlo.multiply %260, %260 : tensor<4x4xf32>
    %277 = stablehlo.multiply %260, %276 : tensor<4x4xf32>
    %278 = stablehlo.constant dense<-0.5> : tensor<f32>
    %279 = stablehlo.broadcast_in_dim %278, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %280 = stablehlo.multiply %277, %279 : tensor<4x4xf32>
    %281 = stablehlo.multiply %275, %280 : tensor<4x4xf32>
    %282 = stablehlo.divide %281, %255 : tensor<4x4xf32>
    %283 = stablehlo.broadcast_in_dim %282, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %284 = stablehlo.multiply %283, %252 : tensor<4x4x72xf32>
    %285 = stablehlo.multiply %283, %252 : tensor<4x4x72xf32>
    %286 = stablehlo.add %273, %284 : tensor<4x4x72xf32>
    %287 = stablehlo.add %286, %285 : tensor<4x4x72xf32>
    %288 = stablehlo.negate %287 : tensor<4x4x72xf32>
    %289 = stablehlo.reduce(%288 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %290 = stablehlo.divide %289, %249 : tensor<4x4xf32>
    %291 = stablehlo.broadcast_in_dim %290, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %292 = stablehlo.add %287, %291 : tensor<4x4x72xf32>
    %293 = stablehlo.reshape %292 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %294 = stablehlo.multiply %293, %223 : tensor<4x8x6x6xf32>
    %295 = stablehlo.multiply %293, %244 : tensor<4x8x6x6xf32>
    %296 = stablehlo.reduce(%294 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %297 = stablehlo.reshape %296 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %298 = stablehlo.multiply %293, %221 : tensor<4x8x6x6xf32>
    %299 = stablehlo.multiply %293, %242 : tensor<4x8x6x6xf32>
    %300 = stablehlo.reduce(%298 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %301 = stablehlo.reshape %300 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %302 = stablehlo.concatenate %301, %297, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %303 = stablehlo.divide %302, %238 : tensor<4x16x1x1xf32>
    %304 = stablehlo.multiply %302, %239 : tensor<4x16x1x1xf32>
    %305 = stablehlo.divide %304, %238 : tensor<4x16x1x1xf32>
    %306 = stablehlo.constant dense<-1.0> : tensor<f32>
    %307 = stablehlo.broadcast_in_dim %306, dims = [] : (tensor<f32>) -> tensor<4x16x1x1xf32>
    %308 = stablehlo.multiply %305, %307 : tensor<4x16x1x1xf32>
    %309 = stablehlo.reduce(%308 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %310 = stablehlo.broadcast_in_dim %309, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %311 = stablehlo.add %303, %310 : tensor<4x16x1x1xf32>
    %312 = stablehlo.multiply %311, %236 : tensor<4x16x1x1xf32>
    %313 = stablehlo.slice %312 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %314 = stablehlo.slice %312 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %315 = stablehlo.reshape %314 : (tensor<4x8x1x1xf32>) -> tensor<4x8xf32>
    %316 = stablehlo.divide %315, %229 : tensor<4x8xf32>
    %317 = stablehlo.broadcast_in_dim %316, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %318 = stablehlo.add %295, %317 : tensor<4x8x6x6xf32>
    %319 = stablehlo.reshape %313 : (tensor<4x8x1x1xf32>) -> tensor<4x8xf32>
    %320 = stablehlo.divide %319, %225 : tensor<4x8xf32>
    %321 = stablehlo.broadcast_in_dim %320, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %322 = stablehlo.add %299, %321 : tensor<4x8x6x6xf32>
    %323 = stablehlo.slice %318 [0:4, 0:6, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x6x6x6xf32>
    %324 = stablehlo.slice %318 [0:4, 6:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x2x6x6xf32>
    %325 = stablehlo.convolution(%323, %172#9) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x6x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x2x6x6xf32>
    %326 = stablehlo.convolution(%217, %323) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x6x6x6xf32>) -> tensor<6x2x1x1xf32>
    %327 = stablehlo.add %324, %325 : tensor<4x2x6x6xf32>
    %328 = stablehlo.convolution(%322, %172#8) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x2x6x6xf32>
    %329 = stablehlo.convolution(%216, %322) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<8x2x1x1xf32>
    %330 = stablehlo.reverse %172#6, dims = [2, 3] : tensor<8x1x3x3xf32>
    %331 = stablehlo.reshape %330 : (tensor<8x1x3x3xf32>) -> tensor<2x4x1x3x3xf32>
    %332 = stablehlo.transpose %331, dims = [0, 2, 1, 3, 4] : (tensor<2x4x1x3x3xf32>) -> tensor<2x1x4x3x3xf32>
    %333 = stablehlo.reshape %332 : (tensor<2x1x4x3x3xf32>) -> tensor<2x4x3x3xf32>
    %334 = stablehlo.convolution(%322, %333) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x6x6xf32>, tensor<2x4x3x3xf32>) -> tensor<4x2x6x6xf32>
    %335 = stablehlo.convolution(%216, %322) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<8x1x3x3xf32>
    %336 = stablehlo.add %328, %334 : tensor<4x2x6x6xf32>
    %337 = stablehlo.convolution(%327, %172#5) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x4x6x6xf32>
    %338 = stablehlo.convolution(%215, %327) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<2x4x1x1xf32>
    %339 = stablehlo.convolution(%336, %172#4) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x4x6x6xf32>
    %340 = stablehlo.convolution(%214, %336) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<2x4x1x1xf32>
    %341 = stablehlo.concatenate %339, %337, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %342 = stablehlo.slice %341 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %343 = stablehlo.slice %341 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %344 = stablehlo.concatenate %343, %342, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %345 = stablehlo.concatenate %342, %343, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %346 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %347 = stablehlo.select %202, %346, %344 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %348 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %349 = stablehlo.select %202, %345, %348 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %350 = stablehlo.add %347, %349 : tensor<4x8x6x6xf32>
    %351 = stablehlo.multiply %350, %193 : tensor<4x8x6x6xf32>
    %352 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %353 = stablehlo.reduce(%269 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %354 = stablehlo.reduce(%271 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %355 = stablehlo.reduce(%322 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %356 = stablehlo.reshape %355 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %357 = stablehlo.reshape %356 : (tensor<8x1x1xf32>) -> tensor<8xf32>
    %358 = stablehlo.reduce(%352 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %359 = stablehlo.reshape %358 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %360 = stablehlo.divide %359, %24 : tensor<8x1x1xf32>
    %361 = stablehlo.multiply %359, %25 : tensor<8x1x1xf32>
    %362 = stablehlo.divide %361, %24 : tensor<8x1x1xf32>
    %363 = stablehlo.broadcast_in_dim %306, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %364 = stablehlo.multiply %362, %363 : tensor<8x1x1xf32>
    %365 = stablehlo.reduce(%364 init: %12) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<8x1x1xf32>, tensor<f32>) -> tensor<f32>
    %366 = stablehlo.broadcast_in_dim %365, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %367 = stablehlo.add %360, %366 : tensor<8x1x1xf32>
    %368 = stablehlo.reduce(%350 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %369 = stablehlo.reshape %368 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %370 = stablehlo.reduce(%351 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %371 = stablehlo.reshape %370 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %372 = stablehlo.add %367, %371 : tensor<8x1x1xf32>
    %373 = stablehlo.constant dense<0.9> : tensor<f32>
    %374 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %375 = stablehlo.multiply %arg12, %374 : tensor<8xf32>
    %376 = stablehlo.add %375, %357 : tensor<8xf32>
    %377 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8x1x3x3xf32>
    %378 = stablehlo.multiply %arg13, %377 : tensor<8x1x3x3xf32>
    %379 = stablehlo.add %378, %335 : tensor<8x1x3x3xf32>
    %380 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8x2x1x1xf32>
    %381 = stablehlo.multiply %arg14, %380 : tensor<8x2x1x1xf32>
    %382 = stablehlo.add %381, %329 : tensor<8x2x1x1xf32>
    %383 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<6x2x1x1xf32>
    %384 = stablehlo.multiply %arg15, %383 : tensor<6x2x1x1xf32>
    %385 = stablehlo.add %384, %326 : tensor<6x2x1x1xf32>
    %386 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %387 = stablehlo.multiply %arg16, %386 : tensor<2x4x1x1xf32>
    %388 = stablehlo.add %387, %340 : tensor<2x4x1x1xf32>
    %389 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %390 = stablehlo.multiply %arg17, %389 : tensor<2x4x1x1xf32>
    %391 = stablehlo.add %390, %338 : tensor<2x4x1x1xf32>
    %392 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %393 = stablehlo.multiply %arg18, %392 : tensor<8x1x1xf32>
    %394 = stablehlo.add %393, %369 : tensor<8x1x1xf32>
    %395 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %396 = stablehlo.multiply %arg19, %395 : tensor<8x1x1xf32>
    %397 = stablehlo.add %396, %372 : tensor<8x1x1xf32>
    %398 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %399 = stablehlo.multiply %arg20, %398 : tensor<8xf32>
    %400 = stablehlo.add %399, %353 : tensor<8xf32>
    %401 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %402 = stablehlo.multiply %arg21, %401 : tensor<8xf32>
    %403 = stablehlo.add %402, %354 : tensor<8xf32>
    %404 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %405 = stablehlo.multiply %arg22, %404 : tensor<3xf32>
    %406 = stablehlo.add %405, %165 : tensor<3xf32>
    %407 = stablehlo.broadcast_in_dim %373, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %408 = stablehlo.multiply %arg23, %407 : tensor<3x8xf32>
    %409 = stablehlo.add %408, %169 : tensor<3x8xf32>
    %410 = stablehlo.constant dense<-0.1> : tensor<f32>
    %411 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %412 = stablehlo.multiply %376, %411 : tensor<8xf32>
    %413 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8x1x3x3xf32>
    %414 = stablehlo.multiply %379, %413 : tensor<8x1x3x3xf32>
    %415 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8x2x1x1xf32>
    %416 = stablehlo.multiply %382, %415 : tensor<8x2x1x1xf32>
    %417 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<6x2x1x1xf32>
    %418 = stablehlo.multiply %385, %417 : tensor<6x2x1x1xf32>
    %419 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %420 = stablehlo.multiply %388, %419 : tensor<2x4x1x1xf32>
    %421 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %422 = stablehlo.multiply %391, %421 : tensor<2x4x1x1xf32>
    %423 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %424 = stablehlo.multiply %394, %423 : tensor<8x1x1xf32>
    %425 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %426 = stablehlo.multiply %397, %425 : tensor<8x1x1xf32>
    %427 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %428 = stablehlo.multiply %400, %427 : tensor<8xf32>
    %429 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %430 = stablehlo.multiply %403, %429 : tensor<8xf32>
    %431 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %432 = stablehlo.multiply %406, %431 : tensor<3xf32>
    %433 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %434 = stablehlo.multiply %409, %433 : tensor<3x8xf32>
    %435 = stablehlo.add %arg0, %412 : tensor<8xf32>
    %436 = stablehlo.add %arg1, %414 : tensor<8x1x3x3xf32>
    %437 = stablehlo.add %arg2, %416 : tensor<8x2x1x1xf32>
    %438 = stablehlo.add %arg3, %418 : tensor<6x2x1x1xf32>
    %439 = stablehlo.add %arg4, %420 : tensor<2x4x1x1xf32>
    %440 = stablehlo.add %arg5, %422 : tensor<2x4x1x1xf32>
    %441 = stablehlo.add %arg6, %424 : tensor<8x1x1xf32>
    %442 = stablehlo.add %arg7, %426 : tensor<8x1x1xf32>
    %443 = stablehlo.add %arg8, %428 : tensor<8xf32>
    %444 = stablehlo.add %arg9, %430 : tensor<8xf32>
    %445 = stablehlo.add %arg10, %432 : tensor<3xf32>
    %446 = stablehlo.add %arg11, %434 : tensor<3x8xf32>
    return %160, %435, %436, %437, %438, %439, %440, %441, %442, %443, %444, %445, %446, %376, %379, %382, %385, %388, %391, %394, %397, %400, %403, %406, %409 : tensor<f32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>
  }
}
