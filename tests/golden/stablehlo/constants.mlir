module @constants {
  func.func public @main(%arg0: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<20xf32>, tensor<2xi1>, tensor<2xf32>, tensor<2xi32>) {
    %0 = stablehlo.constant dense<[[1.0, -0.5], [0.1, 3.0e-8]]> : tensor<2x2xf32>
    %1 = stablehlo.add %arg0, %0 : tensor<2x2xf32>
    %2 = stablehlo.compare NE, %arg0, %arg0, FLOAT : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %3 = stablehlo.constant dense<-0.0> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %5 = stablehlo.maximum %arg0, %4 : tensor<2x2xf32>
    %6 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %8 = stablehlo.select %2, %7, %5 : tensor<2x2xi1>, tensor<2x2xf32>
    %9 = stablehlo.constant dense<0.0> : tensor<f32>
    %10 = stablehlo.reduce(%arg0 init: %9) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<20xf32>
    %12 = stablehlo.constant dense<"0x000000002549123E2549923EB76DDB3E2549123F6EDB363FB76D5B3F0000803F2549923F4992A43F6EDBB63F9224C93FB76DDB3FDBB6ED3F000000409224094025491240B76D1B4049922440DBB62D40"> : tensor<20xf32>
    %13 = stablehlo.multiply %12, %11 : tensor<20xf32>
    %14 = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %15 = stablehlo.constant dense<[0x7FC00000, 0x7F800000]> : tensor<2xf32>
    %16 = stablehlo.constant dense<[-2147483648, 2147483647]> : tensor<2xi32>
    return %1, %8, %13, %14, %15, %16 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<20xf32>, tensor<2xi1>, tensor<2xf32>, tensor<2xi32>
  }
}
