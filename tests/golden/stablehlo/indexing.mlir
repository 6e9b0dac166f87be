module @indexing {
  func.func public @main(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>, tensor<4xi32>) {
    %0 = stablehlo.iota dim = 1 : tensor<4x6xi32>
    %10:2 = "stablehlo.sort"(%arg0, %0) <{dimension = 1 : i64, is_stable = true}> ({
    ^bb0(%1: tensor<f32>, %2: tensor<f32>, %3: tensor<i32>, %4: tensor<i32>):
      %5 = stablehlo.compare LT, %1, %2, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %6 = stablehlo.compare EQ, %1, %1, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %7 = stablehlo.compare NE, %2, %2, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %8 = stablehlo.and %6, %7 : tensor<i1>
      %9 = stablehlo.or %5, %8 : tensor<i1>
      stablehlo.return %9 : tensor<i1>
    }) : (tensor<4x6xf32>, tensor<4x6xi32>) -> (tensor<4x6xf32>, tensor<4x6xi32>)
    %11 = stablehlo.constant dense<6> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %13 = stablehlo.constant dense<[2, 0]> : tensor<2xi32>
    %14 = stablehlo.add %13, %12 : tensor<2xi32>
    %15 = stablehlo.constant dense<0> : tensor<i32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %17 = stablehlo.compare LT, %13, %16, SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %18 = stablehlo.select %17, %14, %13 : tensor<2xi1>, tensor<2xi32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<2xi32>) -> tensor<4x2xi32>
    %20 = stablehlo.reshape %arg0 : (tensor<4x6xf32>) -> tensor<1x1x4x6xf32>
    %21 = stablehlo.iota dim = 0 : tensor<4x6xi32>
    %22 = stablehlo.constant dense<6> : tensor<4x6xi32>
    %23 = stablehlo.multiply %21, %22 : tensor<4x6xi32>
    %24 = stablehlo.iota dim = 1 : tensor<4x6xi32>
    %25 = stablehlo.add %23, %24 : tensor<4x6xi32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [2, 3] : (tensor<4x6xi32>) -> tensor<1x1x4x6xi32>
    %27 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %28 = stablehlo.pad %20, %27, low = [0, 0, 1, 1], high = [0, 0, 1, 1], interior = [0, 0, 0, 0] : (tensor<1x1x4x6xf32>, tensor<f32>) -> tensor<1x1x6x8xf32>
    %29 = stablehlo.constant dense<-1> : tensor<i32>
    %30 = stablehlo.pad %26, %29, low = [0, 0, 1, 1], high = [0, 0, 1, 1], interior = [0, 0, 0, 0] : (tensor<1x1x4x6xi32>, tensor<i32>) -> tensor<1x1x6x8xi32>
    %31 = stablehlo.slice %28 [0:1, 0:1, 0:6, 0:5:2] : (tensor<1x1x6x8xf32>) -> tensor<1x1x6x3xf32>
    %32 = stablehlo.slice %30 [0:1, 0:1, 0:6, 0:5:2] : (tensor<1x1x6x8xi32>) -> tensor<1x1x6x3xi32>
    %33 = stablehlo.slice %28 [0:1, 0:1, 0:6, 1:6:2] : (tensor<1x1x6x8xf32>) -> tensor<1x1x6x3xf32>
    %34 = stablehlo.slice %30 [0:1, 0:1, 0:6, 1:6:2] : (tensor<1x1x6x8xi32>) -> tensor<1x1x6x3xi32>
    %35 = stablehlo.constant dense<0> : tensor<1x1x6x3xi32>
    %36 = stablehlo.compare LT, %32, %35, SIGNED : (tensor<1x1x6x3xi32>, tensor<1x1x6x3xi32>) -> tensor<1x1x6x3xi1>
    %37 = stablehlo.compare GT, %33, %31, FLOAT : (tensor<1x1x6x3xf32>, tensor<1x1x6x3xf32>) -> tensor<1x1x6x3xi1>
    %38 = stablehlo.or %37, %36 : tensor<1x1x6x3xi1>
    %39 = stablehlo.compare NE, %33, %33, FLOAT : (tensor<1x1x6x3xf32>, tensor<1x1x6x3xf32>) -> tensor<1x1x6x3xi1>
    %40 = stablehlo.or %38, %39 : tensor<1x1x6x3xi1>
    %41 = stablehlo.select %40, %33, %31 : tensor<1x1x6x3xi1>, tensor<1x1x6x3xf32>
    %42 = stablehlo.select %40, %34, %32 : tensor<1x1x6x3xi1>, tensor<1x1x6x3xi32>
    %43 = stablehlo.slice %28 [0:1, 0:1, 0:6, 2:7:2] : (tensor<1x1x6x8xf32>) -> tensor<1x1x6x3xf32>
    %44 = stablehlo.slice %30 [0:1, 0:1, 0:6, 2:7:2] : (tensor<1x1x6x8xi32>) -> tensor<1x1x6x3xi32>
    %45 = stablehlo.compare LT, %42, %35, SIGNED : (tensor<1x1x6x3xi32>, tensor<1x1x6x3xi32>) -> tensor<1x1x6x3xi1>
    %46 = stablehlo.compare GT, %43, %41, FLOAT : (tensor<1x1x6x3xf32>, tensor<1x1x6x3xf32>) -> tensor<1x1x6x3xi1>
    %47 = stablehlo.or %46, %45 : tensor<1x1x6x3xi1>
    %48 = stablehlo.compare NE, %43, %43, FLOAT : (tensor<1x1x6x3xf32>, tensor<1x1x6x3xf32>) -> tensor<1x1x6x3xi1>
    %49 = stablehlo.or %47, %48 : tensor<1x1x6x3xi1>
    %50 = stablehlo.select %49, %43, %41 : tensor<1x1x6x3xi1>, tensor<1x1x6x3xf32>
    %51 = stablehlo.select %49, %44, %42 : tensor<1x1x6x3xi1>, tensor<1x1x6x3xi32>
    %52 = stablehlo.slice %50 [0:1, 0:1, 0:3:2, 0:3] : (tensor<1x1x6x3xf32>) -> tensor<1x1x2x3xf32>
    %53 = stablehlo.slice %51 [0:1, 0:1, 0:3:2, 0:3] : (tensor<1x1x6x3xi32>) -> tensor<1x1x2x3xi32>
    %54 = stablehlo.slice %50 [0:1, 0:1, 1:4:2, 0:3] : (tensor<1x1x6x3xf32>) -> tensor<1x1x2x3xf32>
    %55 = stablehlo.slice %51 [0:1, 0:1, 1:4:2, 0:3] : (tensor<1x1x6x3xi32>) -> tensor<1x1x2x3xi32>
    %56 = stablehlo.constant dense<0> : tensor<1x1x2x3xi32>
    %57 = stablehlo.compare LT, %53, %56, SIGNED : (tensor<1x1x2x3xi32>, tensor<1x1x2x3xi32>) -> tensor<1x1x2x3xi1>
    %58 = stablehlo.compare GT, %54, %52, FLOAT : (tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>) -> tensor<1x1x2x3xi1>
    %59 = stablehlo.or %58, %57 : tensor<1x1x2x3xi1>
    %60 = stablehlo.compare NE, %54, %54, FLOAT : (tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>) -> tensor<1x1x2x3xi1>
    %61 = stablehlo.or %59, %60 : tensor<1x1x2x3xi1>
    %62 = stablehlo.select %61, %54, %52 : tensor<1x1x2x3xi1>, tensor<1x1x2x3xf32>
    %63 = stablehlo.select %61, %55, %53 : tensor<1x1x2x3xi1>, tensor<1x1x2x3xi32>
    %64 = stablehlo.slice %50 [0:1, 0:1, 2:5:2, 0:3] : (tensor<1x1x6x3xf32>) -> tensor<1x1x2x3xf32>
    %65 = stablehlo.slice %51 [0:1, 0:1, 2:5:2, 0:3] : (tensor<1x1x6x3xi32>) -> tensor<1x1x2x3xi32>
    %66 = stablehlo.compare LT, %63, %56, SIGNED : (tensor<1x1x2x3xi32>, tensor<1x1x2x3xi32>) -> tensor<1x1x2x3xi1>
    %67 = stablehlo.compare GT, %64, %62, FLOAT : (tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>) -> tensor<1x1x2x3xi1>
    %68 = stablehlo.or %67, %66 : tensor<1x1x2x3xi1>
    %69 = stablehlo.compare NE, %64, %64, FLOAT : (tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>) -> tensor<1x1x2x3xi1>
    %70 = stablehlo.or %68, %69 : tensor<1x1x2x3xi1>
    %71 = stablehlo.select %70, %64, %62 : tensor<1x1x2x3xi1>, tensor<1x1x2x3xf32>
    %72 = stablehlo.select %70, %65, %63 : tensor<1x1x2x3xi1>, tensor<1x1x2x3xi32>
    %73 = stablehlo.reshape %72 : (tensor<1x1x2x3xi32>) -> tensor<1x1x6xi32>
    %74 = stablehlo.constant dense<1.0> : tensor<f32>
    %75 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<f32>) -> tensor<1x1x2x3xf32>
    %76 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %77 = stablehlo.slice %76 [1:4, 0:2] : (tensor<4x2xf32>) -> tensor<3x2xf32>
    %78 = stablehlo.constant dense<0.0> : tensor<f32>
    %79 = stablehlo.pad %77, %78, low = [0, 0], high = [1, 0], interior = [0, 0] : (tensor<3x2xf32>, tensor<f32>) -> tensor<4x2xf32>
    %80 = stablehlo.add %76, %79 : tensor<4x2xf32>
    %81 = stablehlo.slice %80 [2:4, 0:2] : (tensor<4x2xf32>) -> tensor<2x2xf32>
    %82 = stablehlo.pad %81, %78, low = [0, 0], high = [2, 0], interior = [0, 0] : (tensor<2x2xf32>, tensor<f32>) -> tensor<4x2xf32>
    %83 = stablehlo.add %80, %82 : tensor<4x2xf32>
    %84 = stablehlo.reshape %75 : (tensor<1x1x2x3xf32>) -> tensor<1x1x6xf32>
    %85 = stablehlo.constant dense<0.0> : tensor<1x1x24xf32>
    %86 = stablehlo.constant dense<23> : tensor<i32>
    %87 = stablehlo.clamp %15, %73, %86 : (tensor<i32>, tensor<1x1x6xi32>, tensor<i32>) -> tensor<1x1x6xi32>
    %91 = "stablehlo.scatter"(%85, %87, %84) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [2], input_batching_dims = [0, 1], scatter_indices_batching_dims = [0, 1], scatter_dims_to_operand_dims = [2], index_vector_dim = 3>, unique_indices = false}> ({
    ^bb0(%88: tensor<f32>, %89: tensor<f32>):
      %90 = stablehlo.add %88, %89 : tensor<f32>
      stablehlo.return %90 : tensor<f32>
    }) : (tensor<1x1x24xf32>, tensor<1x1x6xi32>, tensor<1x1x6xf32>) -> tensor<1x1x24xf32>
    %92 = stablehlo.reshape %91 : (tensor<1x1x24xf32>) -> tensor<1x1x4x6xf32>
    %93 = stablehlo.reshape %92 : (tensor<1x1x4x6xf32>) -> tensor<4x6xf32>
    %94 = stablehlo.constant dense<0.0> : tensor<4x6xf32>
    %95 = stablehlo.constant dense<5> : tensor<i32>
    %96 = stablehlo.clamp %15, %19, %95 : (tensor<i32>, tensor<4x2xi32>, tensor<i32>) -> tensor<4x2xi32>
    %100 = "stablehlo.scatter"(%94, %96, %83) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 2>, unique_indices = false}> ({
    ^bb0(%97: tensor<f32>, %98: tensor<f32>):
      %99 = stablehlo.add %97, %98 : tensor<f32>
      stablehlo.return %99 : tensor<f32>
    }) : (tensor<4x6xf32>, tensor<4x2xi32>, tensor<4x2xf32>) -> tensor<4x6xf32>
    %101 = stablehlo.clamp %15, %10#1, %95 : (tensor<i32>, tensor<4x6xi32>, tensor<i32>) -> tensor<4x6xi32>
    %105 = "stablehlo.scatter"(%94, %101, %100) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 2>, unique_indices = false}> ({
    ^bb0(%102: tensor<f32>, %103: tensor<f32>):
      %104 = stablehlo.add %102, %103 : tensor<f32>
      stablehlo.return %104 : tensor<f32>
    }) : (tensor<4x6xf32>, tensor<4x6xi32>, tensor<4x6xf32>) -> tensor<4x6xf32>
    %106 = stablehlo.add %93, %105 : tensor<4x6xf32>
    %107 = stablehlo.iota dim = 1 : tensor<4x6xi32>
    %108 = stablehlo.constant dense<2147483647> : tensor<i32>
    %127:2 = "stablehlo.reduce"(%arg0, %107, %27, %108) <{dimensions = array<i64: 1>}> ({
    ^bb0(%109: tensor<f32>, %110: tensor<i32>, %111: tensor<f32>, %112: tensor<i32>):
      %113 = stablehlo.compare GT, %109, %111, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %114 = stablehlo.compare EQ, %109, %111, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %115 = stablehlo.compare NE, %109, %109, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %116 = stablehlo.compare EQ, %111, %111, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %117 = stablehlo.compare NE, %111, %111, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %118 = stablehlo.and %115, %116 : tensor<i1>
      %119 = stablehlo.or %113, %118 : tensor<i1>
      %120 = stablehlo.and %115, %117 : tensor<i1>
      %121 = stablehlo.or %114, %120 : tensor<i1>
      %122 = stablehlo.compare LT, %110, %112, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %123 = stablehlo.and %121, %122 : tensor<i1>
      %124 = stablehlo.or %119, %123 : tensor<i1>
      %125 = stablehlo.select %124, %109, %111 : tensor<i1>, tensor<f32>
      %126 = stablehlo.select %124, %110, %112 : tensor<i1>, tensor<i32>
      stablehlo.return %125, %126 : tensor<f32>, tensor<i32>
    }) : (tensor<4x6xf32>, tensor<4x6xi32>, tensor<f32>, tensor<i32>) -> (tensor<4xf32>, tensor<4xi32>)
    return %106, %127#1 : tensor<4x6xf32>, tensor<4xi32>
  }
}
