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
    %58 = stablehlo.constant dense<-5.9604645e-8> : tensor<f32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %60 = stablehlo.compare LE, %59, %57, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %61 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %62 = stablehlo.select %60, %56, %61 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %63 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %64 = stablehlo.select %60, %63, %56 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %65 = stablehlo.slice %62 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %66 = stablehlo.slice %62 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %67 = stablehlo.slice %64 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %68 = stablehlo.slice %64 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %69 = stablehlo.add %65, %68 : tensor<4x4x6x6xf32>
    %70 = stablehlo.add %66, %67 : tensor<4x4x6x6xf32>
    %71 = stablehlo.concatenate %69, %70, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %72 = stablehlo.slice %71 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %73 = stablehlo.slice %71 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %74 = stablehlo.convolution(%72, %arg4) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %75 = stablehlo.convolution(%73, %arg5) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %76 = stablehlo.convolution(%74, %arg1) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x1x3x3xf32>) -> tensor<4x8x6x6xf32>
    %77 = stablehlo.add %76, %28 : tensor<4x8x6x6xf32>
    %78 = stablehlo.convolution(%74, %arg2) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x8x6x6xf32>
    %79 = stablehlo.add %77, %78 : tensor<4x8x6x6xf32>
    %80 = stablehlo.convolution(%75, %arg3) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x6x6x6xf32>
    %81 = stablehlo.concatenate %80, %75, dim = 1 : (tensor<4x6x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<4x8x6x6xf32>
    %82 = stablehlo.reduce(%79 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %83 = stablehlo.constant dense<36.0> : tensor<f32>
    %84 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %85 = stablehlo.divide %82, %84 : tensor<4x8xf32>
    %86 = stablehlo.reshape %85 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %87 = stablehlo.reduce(%81 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %88 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %89 = stablehlo.divide %87, %88 : tensor<4x8xf32>
    %90 = stablehlo.reshape %89 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %91 = stablehlo.concatenate %86, %90, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %92 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %93 = stablehlo.reduce(%91 init: %92) applies stablehlo.maximum across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %94 = stablehlo.broadcast_in_dim %93, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %95 = stablehlo.subtract %91, %94 : tensor<4x16x1x1xf32>
    %96 = stablehlo.exponential %95 : tensor<4x16x1x1xf32>
    %97 = stablehlo.reduce(%96 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %98 = stablehlo.broadcast_in_dim %97, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %99 = stablehlo.divide %96, %98 : tensor<4x16x1x1xf32>
    %100 = stablehlo.slice %99 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %101 = stablehlo.slice %99 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %102 = stablehlo.broadcast_in_dim %100, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %103 = stablehlo.multiply %102, %79 : tensor<4x8x6x6xf32>
    %104 = stablehlo.broadcast_in_dim %101, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %105 = stablehlo.multiply %104, %81 : tensor<4x8x6x6xf32>
    %106 = stablehlo.add %103, %105 : tensor<4x8x6x6xf32>
    %107 = stablehlo.reshape %106 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %108 = stablehlo.reduce(%107 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %109 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %110 = stablehlo.divide %108, %109 : tensor<4x4xf32>
    %111 = stablehlo.broadcast_in_dim %110, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %112 = stablehlo.subtract %107, %111 : tensor<4x4x72xf32>
    %113 = stablehlo.multiply %112, %112 : tensor<4x4x72xf32>
    %114 = stablehlo.reduce(%113 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %115 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %116 = stablehlo.divide %114, %115 : tensor<4x4xf32>
    %117 = stablehlo.constant dense<0.00001> : tensor<f32>
    %118 = stablehlo.broadcast_in_dim %117, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %119 = stablehlo.add %116, %118 : tensor<4x4xf32>
    %120 = stablehlo.constant dense<1.0> : tensor<4x4xf32>
    %121 = stablehlo.sqrt %119 : tensor<4x4xf32>
    %122 = stablehlo.divide %120, %121 : tensor<4x4xf32>
    %123 = stablehlo.broadcast_in_dim %122, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %124 = stablehlo.multiply %112, %123 : tensor<4x4x72xf32>
    %125 = stablehlo.reshape %124 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %126 = stablehlo.multiply %125, %29 : tensor<4x8x6x6xf32>
    %127 = stablehlo.add %126, %30 : tensor<4x8x6x6xf32>
    %128 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %129 = stablehlo.compare LE, %127, %128, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %130 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %131 = stablehlo.select %129, %130, %127 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %132 = stablehlo.reduce(%131 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %133 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %134 = stablehlo.divide %132, %133 : tensor<4x8xf32>
    %135 = stablehlo.transpose %arg11, dims = [1, 0] : (tensor<3x8xf32>) -> tensor<8x3xf32>
    %136 = stablehlo.dot_general %134, %135, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32>
    %137 = stablehlo.broadcast_in_dim %arg10, dims = [1] : (tensor<3xf32>) -> tensor<4x3xf32>
    %138 = stablehlo.add %136, %137 : tensor<4x3xf32>
    %139 = stablehlo.reduce(%138 init: %92) applies stablehlo.maximum across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %140 = stablehlo.broadcast_in_dim %139, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %141 = stablehlo.subtract %138, %140 : tensor<4x3xf32>
    %142 = stablehlo.exponential %141 : tensor<4x3xf32>
    %143 = stablehlo.reduce(%142 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %144 = stablehlo.log %143 : tensor<4xf32>
    %145 = stablehlo.broadcast_in_dim %144, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %146 = stablehlo.subtract %141, %145 : tensor<4x3xf32>
    %147 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %148 = stablehlo.select %2, %146, %147 : tensor<4x3xi1>, tensor<4x3xf32>
    %149 = stablehlo.reduce(%148 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
    %150 = stablehlo.negate %149 : tensor<4xf32>
    %151 = stablehlo.constant dense<0x7FC00000> : tensor<f32>
    %152 = stablehlo.broadcast_in_dim %151, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %153 = stablehlo.select %7, %150, %152 : tensor<4xi1>, tensor<4xf32>
    %154 = stablehlo.reduce(%153 init: %12) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %155 = stablehlo.divide %154, %8 : tensor<f32>
    %156 = stablehlo.divide %20, %143 : tensor<4xf32>
    %157 = stablehlo.broadcast_in_dim %156, dims = [0] : (tensor<4xf32>) -> tensor<4x3xf32>
    %158 = stablehlo.multiply %157, %142 : tensor<4x3xf32>
    %159 = stablehlo.add %18, %158 : tensor<4x3xf32>
    %160 = stablehlo.reduce(%159 init: %12) applies stablehlo.add across dimensions = [0] : (tensor<4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %161 = stablehlo.dot_general %159, %135, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x3xf32>, tensor<8x3xf32>) -> tensor<4x8xf32>
    %162 = stablehlo.dot_general %159, %134, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x3xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
    %163 = stablehlo.transpose %162, dims = [1, 0] : (tensor<3x8xf32>) -> tensor<8x3xf32>
    %164 = stablehlo.transpose %163, dims = [1, 0] : (tensor<8x3xf32>) -> tensor<3x8xf32>
    %165 = stablehlo.divide %161, %133 : tensor<4x8xf32>
    %166 = stablehlo.broadcast_in_dim %165, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %167:13 = stablehlo.optimization_barrier %21, %22, %26, %arg4, %arg5, %arg1, %28, %arg2, %arg3, %29, %30, %arg24, %166 : tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x3x3xf32>, tensor<4x8x6x6xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>
    %168 = stablehlo.reshape %167#11 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %169 = stablehlo.reduce(%168 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %170 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %171 = stablehlo.divide %169, %170 : tensor<4x4xf32>
    %172 = stablehlo.broadcast_in_dim %171, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %173 = stablehlo.subtract %168, %172 : tensor<4x4x72xf32>
    %174 = stablehlo.multiply %173, %173 : tensor<4x4x72xf32>
    %175 = stablehlo.reduce(%174 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %176 = stablehlo.broadcast_in_dim %40, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %177 = stablehlo.divide %175, %176 : tensor<4x4xf32>
    %178 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %179 = stablehlo.compare EQ, %177, %178, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %180 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %181 = stablehlo.select %179, %180, %177 : tensor<4x4xi1>, tensor<4x4xf32>
    %182 = stablehlo.sqrt %181 : tensor<4x4xf32>
    %183 = stablehlo.select %179, %178, %182 : tensor<4x4xi1>, tensor<4x4xf32>
    %184 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %185 = stablehlo.add %183, %184 : tensor<4x4xf32>
    %186 = stablehlo.broadcast_in_dim %185, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %187 = stablehlo.divide %173, %186 : tensor<4x4x72xf32>
    %188 = stablehlo.reshape %187 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %189 = stablehlo.multiply %188, %167#0 : tensor<4x8x6x6xf32>
    %190 = stablehlo.add %189, %167#1 : tensor<4x8x6x6xf32>
    %191 = stablehlo.multiply %190, %167#2 : tensor<4x8x6x6xf32>
    %192 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %193 = stablehlo.compare LE, %192, %191, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %194 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %195 = stablehlo.select %193, %190, %194 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %196 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %197 = stablehlo.select %193, %196, %190 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %198 = stablehlo.slice %195 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %199 = stablehlo.slice %195 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %200 = stablehlo.slice %197 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %201 = stablehlo.slice %197 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %202 = stablehlo.add %198, %201 : tensor<4x4x6x6xf32>
    %203 = stablehlo.add %199, %200 : tensor<4x4x6x6xf32>
    %204 = stablehlo.concatenate %202, %203, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %205 = stablehlo.slice %204 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %206 = stablehlo.slice %204 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %207 = stablehlo.convolution(%205, %167#3) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %208 = stablehlo.convolution(%206, %167#4) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x2x6x6xf32>
    %209 = stablehlo.convolution(%207, %167#5) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x1x3x3xf32>) -> tensor<4x8x6x6xf32>
    %210 = stablehlo.add %209, %167#6 : tensor<4x8x6x6xf32>
    %211 = stablehlo.convolution(%207, %167#7) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x8x6x6xf32>
    %212 = stablehlo.add %210, %211 : tensor<4x8x6x6xf32>
    %213 = stablehlo.convolution(%208, %167#8) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x6x6x6xf32>
    %214 = stablehlo.concatenate %213, %208, dim = 1 : (tensor<4x6x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<4x8x6x6xf32>
    %215 = stablehlo.reduce(%212 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %216 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %217 = stablehlo.divide %215, %216 : tensor<4x8xf32>
    %218 = stablehlo.reshape %217 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %219 = stablehlo.reduce(%214 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %220 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %221 = stablehlo.divide %219, %220 : tensor<4x8xf32>
    %222 = stablehlo.reshape %221 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %223 = stablehlo.concatenate %218, %222, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %224 = stablehlo.reduce(%223 init: %92) applies stablehlo.maximum across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %225 = stablehlo.broadcast_in_dim %224, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %226 = stablehlo.subtract %223, %225 : tensor<4x16x1x1xf32>
    %227 = stablehlo.exponential %226 : tensor<4x16x1x1xf32>
    %228 = stablehlo.reduce(%227 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %229 = stablehlo.broadcast_in_dim %228, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %230 = stablehlo.divide %227, %229 : tensor<4x16x1x1xf32>
    %231 = stablehlo.slice %230 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %232 = stablehlo.slice %230 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %233 = stablehlo.broadcast_in_dim %231, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %234 = stablehlo.multiply %233, %212 : tensor<4x8x6x6xf32>
    %235 = stablehlo.broadcast_in_dim %232, dims = [0, 1, 2, 3] : (tensor<4x8x1x1xf32>) -> tensor<4x8x6x6xf32>
    %236 = stablehlo.multiply %235, %214 : tensor<4x8x6x6xf32>
    %237 = stablehlo.add %234, %236 : tensor<4x8x6x6xf32>
    %238 = stablehlo.reshape %237 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %239 = stablehlo.reduce(%238 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %240 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %241 = stablehlo.divide %239, %240 : tensor<4x4xf32>
    %242 = stablehlo.broadcast_in_dim %241, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %243 = stablehlo.subtract %238, %242 : tensor<4x4x72xf32>
    %244 = stablehlo.multiply %243, %243 : tensor<4x4x72xf32>
    %245 = stablehlo.reduce(%244 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %246 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %247 = stablehlo.divide %245, %246 : tensor<4x4xf32>
    %248 = stablehlo.broadcast_in_dim %117, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %249 = stablehlo.add %247, %248 : tensor<4x4xf32>
    %250 = stablehlo.sqrt %249 : tensor<4x4xf32>
    %251 = stablehlo.divide %120, %250 : tensor<4x4xf32>
    %252 = stablehlo.broadcast_in_dim %251, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %253 = stablehlo.multiply %243, %252 : tensor<4x4x72xf32>
    %254 = stablehlo.reshape %253 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %255 = stablehlo.multiply %254, %167#9 : tensor<4x8x6x6xf32>
    %256 = stablehlo.add %255, %167#10 : tensor<4x8x6x6xf32>
    %257 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %258 = stablehlo.compare LE, %256, %257, FLOAT : (tensor<4x8x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<4x8x6x6xi1>
    %259 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %260 = stablehlo.select %258, %259, %167#12 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %261 = stablehlo.multiply %260, %167#9 : tensor<4x8x6x6xf32>
    %262 = stablehlo.multiply %260, %254 : tensor<4x8x6x6xf32>
    %263 = stablehlo.reshape %261 : (tensor<4x8x6x6xf32>) -> tensor<4x4x72xf32>
    %264 = stablehlo.multiply %263, %252 : tensor<4x4x72xf32>
    %265 = stablehlo.multiply %263, %243 : tensor<4x4x72xf32>
    %266 = stablehlo.reduce(%265 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %267 = stablehlo.multiply %266, %251 : tensor<4x4xf32>
    %268 = stablehlo.multiply %267, %251 : tensor<4x4xf32>
    %269 = stablehlo.multiply %268, %251 : tensor<4x4xf32>
    %270 = stablehlo.constant dense<-0.5> : tensor<f32>
    %271 = stablehlo.broadcast_in_dim %270, dims = [] : (tensor<f32>) -> tensor<4x4xf32>
    %272 = stablehlo.multiply %269, %271 : tensor<4x4xf32>
    %273 = stablehlo.divide %272, %246 : tensor<4x4xf32>
    %274 = stablehlo.broadcast_in_dim %273, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %275 = stablehlo.multiply %274, %243 : tensor<4x4x72xf32>
    %276 = stablehlo.multiply %274, %243 : tensor<4x4x72xf32>
    %277 = stablehlo.add %264, %275 : tensor<4x4x72xf32>
    %278 = stablehlo.add %277, %276 : tensor<4x4x72xf32>
    %279 = stablehlo.negate %278 : tensor<4x4x72xf32>
    %280 = stablehlo.reduce(%279 init: %12) applies stablehlo.add across dimensions = [2] : (tensor<4x4x72xf32>, tensor<f32>) -> tensor<4x4xf32>
    %281 = stablehlo.divide %280, %240 : tensor<4x4xf32>
    %282 = stablehlo.broadcast_in_dim %281, dims = [0, 1] : (tensor<4x4xf32>) -> tensor<4x4x72xf32>
    %283 = stablehlo.add %278, %282 : tensor<4x4x72xf32>
    %284 = stablehlo.reshape %283 : (tensor<4x4x72xf32>) -> tensor<4x8x6x6xf32>
    %285 = stablehlo.multiply %284, %214 : tensor<4x8x6x6xf32>
    %286 = stablehlo.multiply %284, %235 : tensor<4x8x6x6xf32>
    %287 = stablehlo.reduce(%285 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %288 = stablehlo.reshape %287 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %289 = stablehlo.multiply %284, %212 : tensor<4x8x6x6xf32>
    %290 = stablehlo.multiply %284, %233 : tensor<4x8x6x6xf32>
    %291 = stablehlo.reduce(%289 init: %12) applies stablehlo.add across dimensions = [2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<4x8xf32>
    %292 = stablehlo.reshape %291 : (tensor<4x8xf32>) -> tensor<4x8x1x1xf32>
    %293 = stablehlo.concatenate %292, %288, dim = 1 : (tensor<4x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<4x16x1x1xf32>
    %294 = stablehlo.divide %293, %229 : tensor<4x16x1x1xf32>
    %295 = stablehlo.multiply %293, %230 : tensor<4x16x1x1xf32>
    %296 = stablehlo.divide %295, %229 : tensor<4x16x1x1xf32>
    %297 = stablehlo.constant dense<-1.0> : tensor<f32>
    %298 = stablehlo.broadcast_in_dim %297, dims = [] : (tensor<f32>) -> tensor<4x16x1x1xf32>
    %299 = stablehlo.multiply %296, %298 : tensor<4x16x1x1xf32>
    %300 = stablehlo.reduce(%299 init: %12) applies stablehlo.add across dimensions = [1] : (tensor<4x16x1x1xf32>, tensor<f32>) -> tensor<4x1x1xf32>
    %301 = stablehlo.broadcast_in_dim %300, dims = [0, 2, 3] : (tensor<4x1x1xf32>) -> tensor<4x16x1x1xf32>
    %302 = stablehlo.add %294, %301 : tensor<4x16x1x1xf32>
    %303 = stablehlo.multiply %302, %227 : tensor<4x16x1x1xf32>
    %304 = stablehlo.slice %303 [0:4, 0:8, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %305 = stablehlo.slice %303 [0:4, 8:16, 0:1, 0:1] : (tensor<4x16x1x1xf32>) -> tensor<4x8x1x1xf32>
    %306 = stablehlo.reshape %305 : (tensor<4x8x1x1xf32>) -> tensor<4x8xf32>
    %307 = stablehlo.divide %306, %220 : tensor<4x8xf32>
    %308 = stablehlo.broadcast_in_dim %307, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %309 = stablehlo.add %286, %308 : tensor<4x8x6x6xf32>
    %310 = stablehlo.reshape %304 : (tensor<4x8x1x1xf32>) -> tensor<4x8xf32>
    %311 = stablehlo.divide %310, %216 : tensor<4x8xf32>
    %312 = stablehlo.broadcast_in_dim %311, dims = [0, 1] : (tensor<4x8xf32>) -> tensor<4x8x6x6xf32>
    %313 = stablehlo.add %290, %312 : tensor<4x8x6x6xf32>
    %314 = stablehlo.slice %309 [0:4, 0:6, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x6x6x6xf32>
    %315 = stablehlo.slice %309 [0:4, 6:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x2x6x6xf32>
    %316 = stablehlo.convolution(%314, %167#8) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x6x6x6xf32>, tensor<6x2x1x1xf32>) -> tensor<4x2x6x6xf32>
    %317 = stablehlo.convolution(%208, %314) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x6x6x6xf32>) -> tensor<6x2x1x1xf32>
    %318 = stablehlo.add %315, %316 : tensor<4x2x6x6xf32>
    %319 = stablehlo.convolution(%313, %167#7) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x6x6xf32>, tensor<8x2x1x1xf32>) -> tensor<4x2x6x6xf32>
    %320 = stablehlo.convolution(%207, %313) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<8x2x1x1xf32>
    %321 = stablehlo.reverse %167#5, dims = [2, 3] : tensor<8x1x3x3xf32>
    %322 = stablehlo.reshape %321 : (tensor<8x1x3x3xf32>) -> tensor<2x4x1x3x3xf32>
    %323 = stablehlo.transpose %322, dims = [0, 2, 1, 3, 4] : (tensor<2x4x1x3x3xf32>) -> tensor<2x1x4x3x3xf32>
    %324 = stablehlo.reshape %323 : (tensor<2x1x4x3x3xf32>) -> tensor<2x4x3x3xf32>
    %325 = stablehlo.convolution(%313, %324) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x6x6xf32>, tensor<2x4x3x3xf32>) -> tensor<4x2x6x6xf32>
    %326 = stablehlo.convolution(%207, %313) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<4x8x6x6xf32>) -> tensor<8x1x3x3xf32>
    %327 = stablehlo.add %319, %325 : tensor<4x2x6x6xf32>
    %328 = stablehlo.convolution(%318, %167#4) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x4x6x6xf32>
    %329 = stablehlo.convolution(%206, %318) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<2x4x1x1xf32>
    %330 = stablehlo.convolution(%327, %167#3) dim_numbers = [b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x6x6xf32>, tensor<2x4x1x1xf32>) -> tensor<4x4x6x6xf32>
    %331 = stablehlo.convolution(%205, %327) dim_numbers = [f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x6x6xf32>, tensor<4x2x6x6xf32>) -> tensor<2x4x1x1xf32>
    %332 = stablehlo.concatenate %330, %328, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %333 = stablehlo.slice %332 [0:4, 0:4, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %334 = stablehlo.slice %332 [0:4, 4:8, 0:6, 0:6] : (tensor<4x8x6x6xf32>) -> tensor<4x4x6x6xf32>
    %335 = stablehlo.concatenate %334, %333, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %336 = stablehlo.concatenate %333, %334, dim = 1 : (tensor<4x4x6x6xf32>, tensor<4x4x6x6xf32>) -> tensor<4x8x6x6xf32>
    %337 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %338 = stablehlo.select %193, %337, %335 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %339 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %340 = stablehlo.select %193, %336, %339 : tensor<4x8x6x6xi1>, tensor<4x8x6x6xf32>
    %341 = stablehlo.add %338, %340 : tensor<4x8x6x6xf32>
    %342 = stablehlo.multiply %341, %188 : tensor<4x8x6x6xf32>
    %343 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<4x8x6x6xf32>
    %344 = stablehlo.reduce(%260 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %345 = stablehlo.reduce(%262 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %346 = stablehlo.reduce(%313 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %347 = stablehlo.reshape %346 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %348 = stablehlo.reshape %347 : (tensor<8x1x1xf32>) -> tensor<8xf32>
    %349 = stablehlo.reduce(%343 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %350 = stablehlo.reshape %349 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %351 = stablehlo.divide %350, %24 : tensor<8x1x1xf32>
    %352 = stablehlo.multiply %350, %25 : tensor<8x1x1xf32>
    %353 = stablehlo.divide %352, %24 : tensor<8x1x1xf32>
    %354 = stablehlo.broadcast_in_dim %297, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %355 = stablehlo.multiply %353, %354 : tensor<8x1x1xf32>
    %356 = stablehlo.reduce(%355 init: %12) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<8x1x1xf32>, tensor<f32>) -> tensor<f32>
    %357 = stablehlo.broadcast_in_dim %356, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %358 = stablehlo.add %351, %357 : tensor<8x1x1xf32>
    %359 = stablehlo.reduce(%341 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %360 = stablehlo.reshape %359 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %361 = stablehlo.reduce(%342 init: %12) applies stablehlo.add across dimensions = [0, 2, 3] : (tensor<4x8x6x6xf32>, tensor<f32>) -> tensor<8xf32>
    %362 = stablehlo.reshape %361 : (tensor<8xf32>) -> tensor<8x1x1xf32>
    %363 = stablehlo.add %358, %362 : tensor<8x1x1xf32>
    %364 = stablehlo.constant dense<0.9> : tensor<f32>
    %365 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %366 = stablehlo.multiply %arg12, %365 : tensor<8xf32>
    %367 = stablehlo.add %366, %348 : tensor<8xf32>
    %368 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8x1x3x3xf32>
    %369 = stablehlo.multiply %arg13, %368 : tensor<8x1x3x3xf32>
    %370 = stablehlo.add %369, %326 : tensor<8x1x3x3xf32>
    %371 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8x2x1x1xf32>
    %372 = stablehlo.multiply %arg14, %371 : tensor<8x2x1x1xf32>
    %373 = stablehlo.add %372, %320 : tensor<8x2x1x1xf32>
    %374 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<6x2x1x1xf32>
    %375 = stablehlo.multiply %arg15, %374 : tensor<6x2x1x1xf32>
    %376 = stablehlo.add %375, %317 : tensor<6x2x1x1xf32>
    %377 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %378 = stablehlo.multiply %arg16, %377 : tensor<2x4x1x1xf32>
    %379 = stablehlo.add %378, %331 : tensor<2x4x1x1xf32>
    %380 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %381 = stablehlo.multiply %arg17, %380 : tensor<2x4x1x1xf32>
    %382 = stablehlo.add %381, %329 : tensor<2x4x1x1xf32>
    %383 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %384 = stablehlo.multiply %arg18, %383 : tensor<8x1x1xf32>
    %385 = stablehlo.add %384, %360 : tensor<8x1x1xf32>
    %386 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %387 = stablehlo.multiply %arg19, %386 : tensor<8x1x1xf32>
    %388 = stablehlo.add %387, %363 : tensor<8x1x1xf32>
    %389 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %390 = stablehlo.multiply %arg20, %389 : tensor<8xf32>
    %391 = stablehlo.add %390, %344 : tensor<8xf32>
    %392 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %393 = stablehlo.multiply %arg21, %392 : tensor<8xf32>
    %394 = stablehlo.add %393, %345 : tensor<8xf32>
    %395 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %396 = stablehlo.multiply %arg22, %395 : tensor<3xf32>
    %397 = stablehlo.add %396, %160 : tensor<3xf32>
    %398 = stablehlo.broadcast_in_dim %364, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %399 = stablehlo.multiply %arg23, %398 : tensor<3x8xf32>
    %400 = stablehlo.add %399, %164 : tensor<3x8xf32>
    %401 = stablehlo.constant dense<-0.1> : tensor<f32>
    %402 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %403 = stablehlo.multiply %367, %402 : tensor<8xf32>
    %404 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8x1x3x3xf32>
    %405 = stablehlo.multiply %370, %404 : tensor<8x1x3x3xf32>
    %406 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8x2x1x1xf32>
    %407 = stablehlo.multiply %373, %406 : tensor<8x2x1x1xf32>
    %408 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<6x2x1x1xf32>
    %409 = stablehlo.multiply %376, %408 : tensor<6x2x1x1xf32>
    %410 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %411 = stablehlo.multiply %379, %410 : tensor<2x4x1x1xf32>
    %412 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<2x4x1x1xf32>
    %413 = stablehlo.multiply %382, %412 : tensor<2x4x1x1xf32>
    %414 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %415 = stablehlo.multiply %385, %414 : tensor<8x1x1xf32>
    %416 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8x1x1xf32>
    %417 = stablehlo.multiply %388, %416 : tensor<8x1x1xf32>
    %418 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %419 = stablehlo.multiply %391, %418 : tensor<8xf32>
    %420 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %421 = stablehlo.multiply %394, %420 : tensor<8xf32>
    %422 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %423 = stablehlo.multiply %397, %422 : tensor<3xf32>
    %424 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %425 = stablehlo.multiply %400, %424 : tensor<3x8xf32>
    %426 = stablehlo.add %arg0, %403 : tensor<8xf32>
    %427 = stablehlo.add %arg1, %405 : tensor<8x1x3x3xf32>
    %428 = stablehlo.add %arg2, %407 : tensor<8x2x1x1xf32>
    %429 = stablehlo.add %arg3, %409 : tensor<6x2x1x1xf32>
    %430 = stablehlo.add %arg4, %411 : tensor<2x4x1x1xf32>
    %431 = stablehlo.add %arg5, %413 : tensor<2x4x1x1xf32>
    %432 = stablehlo.add %arg6, %415 : tensor<8x1x1xf32>
    %433 = stablehlo.add %arg7, %417 : tensor<8x1x1xf32>
    %434 = stablehlo.add %arg8, %419 : tensor<8xf32>
    %435 = stablehlo.add %arg9, %421 : tensor<8xf32>
    %436 = stablehlo.add %arg10, %423 : tensor<3xf32>
    %437 = stablehlo.add %arg11, %425 : tensor<3x8xf32>
    return %155, %426, %427, %428, %429, %430, %431, %432, %433, %434, %435, %436, %437, %367, %370, %373, %376, %379, %382, %385, %388, %391, %394, %397, %400 : tensor<f32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>, tensor<8xf32>, tensor<8x1x3x3xf32>, tensor<8x2x1x1xf32>, tensor<6x2x1x1xf32>, tensor<2x4x1x1xf32>, tensor<2x4x1x1xf32>, tensor<8x1x1xf32>, tensor<8x1x1xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<3x8xf32>
  }
}
