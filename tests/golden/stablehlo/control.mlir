module @control {
  func.func public @main(%arg0: tensor<3x3xf32>, %arg1: tensor<5x3xf32>, %arg2: tensor<3xf32>, %arg3: tensor<i32>) -> (tensor<3xf32>, tensor<3x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<f32>) {
    %0 = stablehlo.slice %arg1 [0:4, 0:3] : (tensor<5x3xf32>) -> tensor<4x3xf32>
    %1 = stablehlo.reshape %0 : (tensor<4x3xf32>) -> tensor<2x2x3xf32>
    %2 = stablehlo.slice %arg1 [4:5, 0:3] : (tensor<5x3xf32>) -> tensor<1x3xf32>
    %3 = stablehlo.constant dense<0.0> : tensor<1x3xf32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %38:4 = "stablehlo.while"(%4, %arg2, %3, %3) ({
    ^bb0(%5: tensor<i32>, %6: tensor<3xf32>, %7: tensor<1x3xf32>, %8: tensor<1x3xf32>):
      %9 = stablehlo.constant dense<0> : tensor<i32>
      %10 = stablehlo.compare GE, %5, %9, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %10 : tensor<i1>
    }, {
    ^bb0(%11: tensor<i32>, %12: tensor<3xf32>, %13: tensor<1x3xf32>, %14: tensor<1x3xf32>):
      %15 = stablehlo.constant dense<0> : tensor<i32>
      %16 = stablehlo.dynamic_slice %2, %11, %15, sizes = [1, 3] : (tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %17 = stablehlo.reshape %16 : (tensor<1x3xf32>) -> tensor<3xf32>
      %18 = stablehlo.dot_general %arg0, %12, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
      %19 = stablehlo.add %18, %17 : tensor<3xf32>
      %20 = stablehlo.tanh %19 : tensor<3xf32>
      %21 = stablehlo.constant dense<0.0> : tensor<f32>
      %22 = stablehlo.reduce(%20 init: %21) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
      %23 = stablehlo.constant dense<1.0> : tensor<f32>
      %24 = stablehlo.compare LT, %23, %22, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %25 = stablehlo.convert %24 : (tensor<i1>) -> tensor<i32>
      %30 = stablehlo.maximum %25, %15 : tensor<i32>
      %31 = "stablehlo.case"(%30) ({
        %26 = stablehlo.add %20, %17 : tensor<3xf32>
        stablehlo.return %26 : tensor<3xf32>
      }, {
        %27 = stablehlo.constant dense<0.5> : tensor<f32>
        %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<f32>) -> tensor<3xf32>
        %29 = stablehlo.multiply %20, %28 : tensor<3xf32>
        stablehlo.return %29 : tensor<3xf32>
      }) : (tensor<i32>) -> tensor<3xf32>
      %32 = stablehlo.constant dense<-1> : tensor<i32>
      %33 = stablehlo.add %11, %32 : tensor<i32>
      %34 = stablehlo.reshape %20 : (tensor<3xf32>) -> tensor<1x3xf32>
      %35 = stablehlo.dynamic_update_slice %13, %34, %11, %15 : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %36 = stablehlo.reshape %12 : (tensor<3xf32>) -> tensor<1x3xf32>
      %37 = stablehlo.dynamic_update_slice %14, %36, %11, %15 : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      stablehlo.return %33, %31, %35, %37 : tensor<i32>, tensor<3xf32>, tensor<1x3xf32>, tensor<1x3xf32>
    }) : (tensor<i32>, tensor<3xf32>, tensor<1x3xf32>, tensor<1x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<1x3xf32>, tensor<1x3xf32>)
    %39 = stablehlo.constant dense<0.0> : tensor<2x2x3xf32>
    %40 = stablehlo.constant dense<0.0> : tensor<2x3xf32>
    %41 = stablehlo.constant dense<1> : tensor<i32>
    %93:4 = "stablehlo.while"(%41, %38#1, %39, %40) ({
    ^bb0(%42: tensor<i32>, %43: tensor<3xf32>, %44: tensor<2x2x3xf32>, %45: tensor<2x3xf32>):
      %46 = stablehlo.constant dense<0> : tensor<i32>
      %47 = stablehlo.compare GE, %42, %46, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %47 : tensor<i1>
    }, {
    ^bb0(%48: tensor<i32>, %49: tensor<3xf32>, %50: tensor<2x2x3xf32>, %51: tensor<2x3xf32>):
      %52 = stablehlo.constant dense<0> : tensor<i32>
      %53 = stablehlo.dynamic_slice %1, %48, %52, %52, sizes = [1, 2, 3] : (tensor<2x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x3xf32>
      %54 = stablehlo.reshape %53 : (tensor<1x2x3xf32>) -> tensor<2x3xf32>
      %55 = stablehlo.constant dense<0.0> : tensor<2x3xf32>
      %56 = stablehlo.constant dense<1> : tensor<i32>
      %86:3 = "stablehlo.while"(%56, %49, %55) ({
      ^bb0(%57: tensor<i32>, %58: tensor<3xf32>, %59: tensor<2x3xf32>):
        %60 = stablehlo.constant dense<0> : tensor<i32>
        %61 = stablehlo.compare GE, %57, %60, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %61 : tensor<i1>
      }, {
      ^bb0(%62: tensor<i32>, %63: tensor<3xf32>, %64: tensor<2x3xf32>):
        %65 = stablehlo.constant dense<0> : tensor<i32>
        %66 = stablehlo.dynamic_slice %54, %62, %65, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
        %67 = stablehlo.reshape %66 : (tensor<1x3xf32>) -> tensor<3xf32>
        %68 = stablehlo.dot_general %arg0, %63, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
        %69 = stablehlo.add %68, %67 : tensor<3xf32>
        %70 = stablehlo.tanh %69 : tensor<3xf32>
        %71 = stablehlo.constant dense<0.0> : tensor<f32>
        %72 = stablehlo.reduce(%70 init: %71) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
        %73 = stablehlo.constant dense<1.0> : tensor<f32>
        %74 = stablehlo.compare LT, %73, %72, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %75 = stablehlo.convert %74 : (tensor<i1>) -> tensor<i32>
        %80 = stablehlo.maximum %75, %65 : tensor<i32>
        %81 = "stablehlo.case"(%80) ({
          %76 = stablehlo.add %70, %67 : tensor<3xf32>
          stablehlo.return %76 : tensor<3xf32>
        }, {
          %77 = stablehlo.constant dense<0.5> : tensor<f32>
          %78 = stablehlo.broadcast_in_dim %77, dims = [] : (tensor<f32>) -> tensor<3xf32>
          %79 = stablehlo.multiply %70, %78 : tensor<3xf32>
          stablehlo.return %79 : tensor<3xf32>
        }) : (tensor<i32>) -> tensor<3xf32>
        %82 = stablehlo.constant dense<-1> : tensor<i32>
        %83 = stablehlo.add %62, %82 : tensor<i32>
        %84 = stablehlo.reshape %70 : (tensor<3xf32>) -> tensor<1x3xf32>
        %85 = stablehlo.dynamic_update_slice %64, %84, %62, %65 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
        stablehlo.return %83, %81, %85 : tensor<i32>, tensor<3xf32>, tensor<2x3xf32>
      }) : (tensor<i32>, tensor<3xf32>, tensor<2x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<2x3xf32>)
      %87 = stablehlo.constant dense<-1> : tensor<i32>
      %88 = stablehlo.add %48, %87 : tensor<i32>
      %89 = stablehlo.reshape %86#2 : (tensor<2x3xf32>) -> tensor<1x2x3xf32>
      %90 = stablehlo.dynamic_update_slice %50, %89, %48, %52, %52 : (tensor<2x2x3xf32>, tensor<1x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x3xf32>
      %91 = stablehlo.reshape %49 : (tensor<3xf32>) -> tensor<1x3xf32>
      %92 = stablehlo.dynamic_update_slice %51, %91, %48, %52 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
      stablehlo.return %88, %86#1, %90, %92 : tensor<i32>, tensor<3xf32>, tensor<2x2x3xf32>, tensor<2x3xf32>
    }) : (tensor<i32>, tensor<3xf32>, tensor<2x2x3xf32>, tensor<2x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<2x2x3xf32>, tensor<2x3xf32>)
    %94 = stablehlo.reshape %93#2 : (tensor<2x2x3xf32>) -> tensor<4x3xf32>
    %95 = stablehlo.concatenate %94, %38#2, dim = 0 : (tensor<4x3xf32>, tensor<1x3xf32>) -> tensor<5x3xf32>
    %96 = stablehlo.constant dense<1.0> : tensor<f32>
    %97 = stablehlo.broadcast_in_dim %96, dims = [] : (tensor<f32>) -> tensor<5x3xf32>
    %98 = stablehlo.multiply %97, %95 : tensor<5x3xf32>
    %99 = stablehlo.multiply %97, %95 : tensor<5x3xf32>
    %100 = stablehlo.add %98, %99 : tensor<5x3xf32>
    %101 = stablehlo.broadcast_in_dim %96, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %102 = stablehlo.slice %100 [0:4, 0:3] : (tensor<5x3xf32>) -> tensor<4x3xf32>
    %103 = stablehlo.slice %100 [4:5, 0:3] : (tensor<5x3xf32>) -> tensor<1x3xf32>
    %104 = stablehlo.reshape %102 : (tensor<4x3xf32>) -> tensor<2x2x3xf32>
    %105 = stablehlo.constant dense<0.0> : tensor<f32>
    %106 = stablehlo.broadcast_in_dim %105, dims = [] : (tensor<f32>) -> tensor<3x3xf32>
    %222:6 = "stablehlo.while"(%4, %101, %106, %39, %39, %39) ({
    ^bb0(%107: tensor<i32>, %108: tensor<3xf32>, %109: tensor<3x3xf32>, %110: tensor<2x2x3xf32>, %111: tensor<2x2x3xf32>, %112: tensor<2x2x3xf32>):
      %113 = stablehlo.constant dense<2> : tensor<i32>
      %114 = stablehlo.compare LT, %107, %113, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %114 : tensor<i1>
    }, {
    ^bb0(%115: tensor<i32>, %116: tensor<3xf32>, %117: tensor<3x3xf32>, %118: tensor<2x2x3xf32>, %119: tensor<2x2x3xf32>, %120: tensor<2x2x3xf32>):
      %121 = stablehlo.constant dense<0> : tensor<i32>
      %122 = stablehlo.dynamic_slice %1, %115, %121, %121, sizes = [1, 2, 3] : (tensor<2x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x3xf32>
      %123 = stablehlo.reshape %122 : (tensor<1x2x3xf32>) -> tensor<2x3xf32>
      %124 = stablehlo.dynamic_slice %93#3, %115, %121, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %125 = stablehlo.reshape %124 : (tensor<1x3xf32>) -> tensor<3xf32>
      %126 = stablehlo.dynamic_slice %104, %115, %121, %121, sizes = [1, 2, 3] : (tensor<2x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x3xf32>
      %127 = stablehlo.reshape %126 : (tensor<1x2x3xf32>) -> tensor<2x3xf32>
      %128 = stablehlo.constant dense<0.0> : tensor<2x3xf32>
      %129 = stablehlo.constant dense<1> : tensor<i32>
      %163:4 = "stablehlo.while"(%129, %125, %128, %128) ({
      ^bb0(%130: tensor<i32>, %131: tensor<3xf32>, %132: tensor<2x3xf32>, %133: tensor<2x3xf32>):
        %134 = stablehlo.constant dense<0> : tensor<i32>
        %135 = stablehlo.compare GE, %130, %134, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %135 : tensor<i1>
      }, {
      ^bb0(%136: tensor<i32>, %137: tensor<3xf32>, %138: tensor<2x3xf32>, %139: tensor<2x3xf32>):
        %140 = stablehlo.constant dense<0> : tensor<i32>
        %141 = stablehlo.dynamic_slice %123, %136, %140, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
        %142 = stablehlo.reshape %141 : (tensor<1x3xf32>) -> tensor<3xf32>
        %143 = stablehlo.dot_general %arg0, %137, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
        %144 = stablehlo.add %143, %142 : tensor<3xf32>
        %145 = stablehlo.tanh %144 : tensor<3xf32>
        %146 = stablehlo.constant dense<0.0> : tensor<f32>
        %147 = stablehlo.reduce(%145 init: %146) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
        %148 = stablehlo.constant dense<1.0> : tensor<f32>
        %149 = stablehlo.compare LT, %148, %147, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %150 = stablehlo.convert %149 : (tensor<i1>) -> tensor<i32>
        %155 = stablehlo.maximum %150, %140 : tensor<i32>
        %156 = "stablehlo.case"(%155) ({
          %151 = stablehlo.add %145, %142 : tensor<3xf32>
          stablehlo.return %151 : tensor<3xf32>
        }, {
          %152 = stablehlo.constant dense<0.5> : tensor<f32>
          %153 = stablehlo.broadcast_in_dim %152, dims = [] : (tensor<f32>) -> tensor<3xf32>
          %154 = stablehlo.multiply %145, %153 : tensor<3xf32>
          stablehlo.return %154 : tensor<3xf32>
        }) : (tensor<i32>) -> tensor<3xf32>
        %157 = stablehlo.constant dense<-1> : tensor<i32>
        %158 = stablehlo.add %136, %157 : tensor<i32>
        %159 = stablehlo.reshape %145 : (tensor<3xf32>) -> tensor<1x3xf32>
        %160 = stablehlo.dynamic_update_slice %138, %159, %136, %140 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
        %161 = stablehlo.reshape %137 : (tensor<3xf32>) -> tensor<1x3xf32>
        %162 = stablehlo.dynamic_update_slice %139, %161, %136, %140 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
        stablehlo.return %158, %156, %160, %162 : tensor<i32>, tensor<3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
      }) : (tensor<i32>, tensor<3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
      %164 = stablehlo.constant dense<0.0> : tensor<f32>
      %165 = stablehlo.broadcast_in_dim %164, dims = [] : (tensor<f32>) -> tensor<3x3xf32>
      %213:5 = "stablehlo.while"(%121, %116, %165, %128, %128) ({
      ^bb0(%166: tensor<i32>, %167: tensor<3xf32>, %168: tensor<3x3xf32>, %169: tensor<2x3xf32>, %170: tensor<2x3xf32>):
        %171 = stablehlo.constant dense<2> : tensor<i32>
        %172 = stablehlo.compare LT, %166, %171, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %172 : tensor<i1>
      }, {
      ^bb0(%173: tensor<i32>, %174: tensor<3xf32>, %175: tensor<3x3xf32>, %176: tensor<2x3xf32>, %177: tensor<2x3xf32>):
        %178 = stablehlo.constant dense<0> : tensor<i32>
        %179 = stablehlo.dynamic_slice %123, %173, %178, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
        %180 = stablehlo.reshape %179 : (tensor<1x3xf32>) -> tensor<3xf32>
        %181 = stablehlo.dynamic_slice %163#3, %173, %178, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
        %182 = stablehlo.reshape %181 : (tensor<1x3xf32>) -> tensor<3xf32>
        %183 = stablehlo.dynamic_slice %127, %173, %178, sizes = [1, 3] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
        %184 = stablehlo.reshape %183 : (tensor<1x3xf32>) -> tensor<3xf32>
        %185 = stablehlo.dot_general %arg0, %182, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
        %186 = stablehlo.add %185, %180 : tensor<3xf32>
        %187 = stablehlo.tanh %186 : tensor<3xf32>
        %188 = stablehlo.constant dense<0.0> : tensor<f32>
        %189 = stablehlo.reduce(%187 init: %188) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
        %190 = stablehlo.constant dense<1.0> : tensor<f32>
        %191 = stablehlo.compare LT, %190, %189, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %192 = stablehlo.convert %191 : (tensor<i1>) -> tensor<i32>
        %198 = stablehlo.maximum %192, %178 : tensor<i32>
        %199:2 = "stablehlo.case"(%198) ({
          stablehlo.return %174, %174 : tensor<3xf32>, tensor<3xf32>
        }, {
          %193 = stablehlo.constant dense<0.5> : tensor<f32>
          %194 = stablehlo.broadcast_in_dim %193, dims = [] : (tensor<f32>) -> tensor<3xf32>
          %195 = stablehlo.multiply %174, %194 : tensor<3xf32>
          %196 = stablehlo.constant dense<0.0> : tensor<f32>
          %197 = stablehlo.broadcast_in_dim %196, dims = [] : (tensor<f32>) -> tensor<3xf32>
          stablehlo.return %197, %195 : tensor<3xf32>, tensor<3xf32>
        }) : (tensor<i32>) -> (tensor<3xf32>, tensor<3xf32>)
        %200 = stablehlo.add %184, %199#1 : tensor<3xf32>
        %201 = stablehlo.broadcast_in_dim %190, dims = [] : (tensor<f32>) -> tensor<3xf32>
        %202 = stablehlo.multiply %187, %187 : tensor<3xf32>
        %203 = stablehlo.subtract %201, %202 : tensor<3xf32>
        %204 = stablehlo.multiply %200, %203 : tensor<3xf32>
        %205 = stablehlo.add %199#0, %204 : tensor<3xf32>
        %206 = stablehlo.dot_general %204, %arg0, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
        %207 = stablehlo.constant dense<1> : tensor<i32>
        %208 = stablehlo.add %173, %207 : tensor<i32>
        %209 = stablehlo.reshape %205 : (tensor<3xf32>) -> tensor<1x3xf32>
        %210 = stablehlo.dynamic_update_slice %176, %209, %173, %178 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
        %211 = stablehlo.reshape %204 : (tensor<3xf32>) -> tensor<1x3xf32>
        %212 = stablehlo.dynamic_update_slice %177, %211, %173, %178 : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
        stablehlo.return %208, %206, %175, %210, %212 : tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
      }) : (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
      %214 = stablehlo.add %117, %213#2 : tensor<3x3xf32>
      %215 = stablehlo.add %115, %129 : tensor<i32>
      %216 = stablehlo.reshape %213#3 : (tensor<2x3xf32>) -> tensor<1x2x3xf32>
      %217 = stablehlo.dynamic_update_slice %118, %216, %115, %121, %121 : (tensor<2x2x3xf32>, tensor<1x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x3xf32>
      %218 = stablehlo.reshape %213#4 : (tensor<2x3xf32>) -> tensor<1x2x3xf32>
      %219 = stablehlo.dynamic_update_slice %119, %218, %115, %121, %121 : (tensor<2x2x3xf32>, tensor<1x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x3xf32>
      %220 = stablehlo.reshape %163#3 : (tensor<2x3xf32>) -> tensor<1x2x3xf32>
      %221 = stablehlo.dynamic_update_slice %120, %220, %115, %121, %121 : (tensor<2x2x3xf32>, tensor<1x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x3xf32>
      stablehlo.return %215, %213#1, %214, %217, %219, %221 : tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>
    }) : (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>)
    %223 = stablehlo.dot_general %222#4, %222#5, contracting_dims = [0, 1] x [0, 1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x3xf32>, tensor<2x2x3xf32>) -> tensor<3x3xf32>
    %224 = stablehlo.add %222#2, %223 : tensor<3x3xf32>
    %225 = stablehlo.broadcast_in_dim %105, dims = [] : (tensor<f32>) -> tensor<3x3xf32>
    %273:5 = "stablehlo.while"(%4, %222#1, %225, %3, %3) ({
    ^bb0(%226: tensor<i32>, %227: tensor<3xf32>, %228: tensor<3x3xf32>, %229: tensor<1x3xf32>, %230: tensor<1x3xf32>):
      %231 = stablehlo.constant dense<1> : tensor<i32>
      %232 = stablehlo.compare LT, %226, %231, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %232 : tensor<i1>
    }, {
    ^bb0(%233: tensor<i32>, %234: tensor<3xf32>, %235: tensor<3x3xf32>, %236: tensor<1x3xf32>, %237: tensor<1x3xf32>):
      %238 = stablehlo.constant dense<0> : tensor<i32>
      %239 = stablehlo.dynamic_slice %2, %233, %238, sizes = [1, 3] : (tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %240 = stablehlo.reshape %239 : (tensor<1x3xf32>) -> tensor<3xf32>
      %241 = stablehlo.dynamic_slice %38#3, %233, %238, sizes = [1, 3] : (tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %242 = stablehlo.reshape %241 : (tensor<1x3xf32>) -> tensor<3xf32>
      %243 = stablehlo.dynamic_slice %103, %233, %238, sizes = [1, 3] : (tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %244 = stablehlo.reshape %243 : (tensor<1x3xf32>) -> tensor<3xf32>
      %245 = stablehlo.dot_general %arg0, %242, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
      %246 = stablehlo.add %245, %240 : tensor<3xf32>
      %247 = stablehlo.tanh %246 : tensor<3xf32>
      %248 = stablehlo.constant dense<0.0> : tensor<f32>
      %249 = stablehlo.reduce(%247 init: %248) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
      %250 = stablehlo.constant dense<1.0> : tensor<f32>
      %251 = stablehlo.compare LT, %250, %249, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %252 = stablehlo.convert %251 : (tensor<i1>) -> tensor<i32>
      %258 = stablehlo.maximum %252, %238 : tensor<i32>
      %259:2 = "stablehlo.case"(%258) ({
        stablehlo.return %234, %234 : tensor<3xf32>, tensor<3xf32>
      }, {
        %253 = stablehlo.constant dense<0.5> : tensor<f32>
        %254 = stablehlo.broadcast_in_dim %253, dims = [] : (tensor<f32>) -> tensor<3xf32>
        %255 = stablehlo.multiply %234, %254 : tensor<3xf32>
        %256 = stablehlo.constant dense<0.0> : tensor<f32>
        %257 = stablehlo.broadcast_in_dim %256, dims = [] : (tensor<f32>) -> tensor<3xf32>
        stablehlo.return %257, %255 : tensor<3xf32>, tensor<3xf32>
      }) : (tensor<i32>) -> (tensor<3xf32>, tensor<3xf32>)
      %260 = stablehlo.add %244, %259#1 : tensor<3xf32>
      %261 = stablehlo.broadcast_in_dim %250, dims = [] : (tensor<f32>) -> tensor<3xf32>
      %262 = stablehlo.multiply %247, %247 : tensor<3xf32>
      %263 = stablehlo.subtract %261, %262 : tensor<3xf32>
      %264 = stablehlo.multiply %260, %263 : tensor<3xf32>
      %265 = stablehlo.add %259#0, %264 : tensor<3xf32>
      %266 = stablehlo.dot_general %264, %arg0, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
      %267 = stablehlo.constant dense<1> : tensor<i32>
      %268 = stablehlo.add %233, %267 : tensor<i32>
      %269 = stablehlo.reshape %265 : (tensor<3xf32>) -> tensor<1x3xf32>
      %270 = stablehlo.dynamic_update_slice %236, %269, %233, %238 : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %271 = stablehlo.reshape %264 : (tensor<3xf32>) -> tensor<1x3xf32>
      %272 = stablehlo.dynamic_update_slice %237, %271, %233, %238 : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      stablehlo.return %268, %266, %235, %270, %272 : tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>
    }) : (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>) -> (tensor<i32>, tensor<3xf32>, tensor<3x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>)
    %274 = stablehlo.dot_general %273#4, %38#3, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<3x3xf32>
    %275 = stablehlo.add %273#2, %274 : tensor<3x3xf32>
    %276 = stablehlo.add %224, %275 : tensor<3x3xf32>
    %277 = stablehlo.reshape %222#3 : (tensor<2x2x3xf32>) -> tensor<4x3xf32>
    %278 = stablehlo.concatenate %277, %273#3, dim = 0 : (tensor<4x3xf32>, tensor<1x3xf32>) -> tensor<5x3xf32>
    %279 = stablehlo.multiply %arg1, %arg1 : tensor<5x3xf32>
    %280 = stablehlo.reduce(%279 init: %105) applies stablehlo.add across dimensions = [0, 1] : (tensor<5x3xf32>, tensor<f32>) -> tensor<f32>
    %281 = stablehlo.add %280, %96 : tensor<f32>
    %293 = "stablehlo.while"(%281) ({
    ^bb0(%282: tensor<f32>):
      %283 = stablehlo.multiply %282, %282 : tensor<f32>
      %284 = stablehlo.subtract %283, %281 : tensor<f32>
      %285 = stablehlo.abs %284 : tensor<f32>
      %286 = stablehlo.constant dense<0.0001> : tensor<f32>
      %287 = stablehlo.compare LT, %286, %285, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %287 : tensor<i1>
    }, {
    ^bb0(%288: tensor<f32>):
      %289 = stablehlo.divide %281, %288 : tensor<f32>
      %290 = stablehlo.add %288, %289 : tensor<f32>
      %291 = stablehlo.constant dense<0.5> : tensor<f32>
      %292 = stablehlo.multiply %291, %290 : tensor<f32>
      stablehlo.return %292 : tensor<f32>
    }) : (tensor<f32>) -> tensor<f32>
    %298 = stablehlo.maximum %arg3, %4 : tensor<i32>
    %299 = "stablehlo.case"(%298) ({
      %294 = stablehlo.negate %arg2 : tensor<3xf32>
      stablehlo.return %294 : tensor<3xf32>
    }, {
      %295 = stablehlo.exponential %arg2 : tensor<3xf32>
      stablehlo.return %295 : tensor<3xf32>
    }, {
      %296 = stablehlo.constant dense<0.0> : tensor<f32>
      %297 = stablehlo.broadcast_in_dim %296, dims = [] : (tensor<f32>) -> tensor<3xf32>
      stablehlo.return %297 : tensor<3xf32>
    }) : (tensor<i32>) -> tensor<3xf32>
    return %299, %276, %278, %273#1, %293 : tensor<3xf32>, tensor<3x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<f32>
  }
}
