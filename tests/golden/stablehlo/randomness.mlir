module @randomness {
  func.func public @main(%arg0: tensor<2xui32>) -> (tensor<2xui32>, tensor<4xf32>, tensor<3x2xf32>) {
    %0 = stablehlo.iota dim = 0 : tensor<2xui32>
    %1 = stablehlo.slice %arg0 [0:1] : (tensor<2xui32>) -> tensor<1xui32>
    %2 = stablehlo.reshape %1 : (tensor<1xui32>) -> tensor<ui32>
    %3 = stablehlo.slice %arg0 [1:2] : (tensor<2xui32>) -> tensor<1xui32>
    %4 = stablehlo.reshape %3 : (tensor<1xui32>) -> tensor<ui32>
    %5 = stablehlo.xor %2, %4 : tensor<ui32>
    %6 = stablehlo.constant dense<466688986> : tensor<ui32>
    %7 = stablehlo.xor %5, %6 : tensor<ui32>
    %8 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %9 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %10 = stablehlo.add %0, %9 : tensor<2xui32>
    %11 = stablehlo.add %8, %10 : tensor<2xui32>
    %12 = stablehlo.constant dense<13> : tensor<ui32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %14 = stablehlo.shift_left %10, %13 : tensor<2xui32>
    %15 = stablehlo.constant dense<19> : tensor<ui32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %17 = stablehlo.shift_right_logical %10, %16 : tensor<2xui32>
    %18 = stablehlo.or %14, %17 : tensor<2xui32>
    %19 = stablehlo.xor %18, %11 : tensor<2xui32>
    %20 = stablehlo.add %11, %19 : tensor<2xui32>
    %21 = stablehlo.constant dense<15> : tensor<ui32>
    %22 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %23 = stablehlo.shift_left %19, %22 : tensor<2xui32>
    %24 = stablehlo.constant dense<17> : tensor<ui32>
    %25 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %26 = stablehlo.shift_right_logical %19, %25 : tensor<2xui32>
    %27 = stablehlo.or %23, %26 : tensor<2xui32>
    %28 = stablehlo.xor %27, %20 : tensor<2xui32>
    %29 = stablehlo.add %20, %28 : tensor<2xui32>
    %30 = stablehlo.constant dense<26> : tensor<ui32>
    %31 = stablehlo.broadcast_in_dim %30, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %32 = stablehlo.shift_left %28, %31 : tensor<2xui32>
    %33 = stablehlo.constant dense<6> : tensor<ui32>
    %34 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %35 = stablehlo.shift_right_logical %28, %34 : tensor<2xui32>
    %36 = stablehlo.or %32, %35 : tensor<2xui32>
    %37 = stablehlo.xor %36, %29 : tensor<2xui32>
    %38 = stablehlo.add %29, %37 : tensor<2xui32>
    %39 = stablehlo.shift_left %37, %34 : tensor<2xui32>
    %40 = stablehlo.shift_right_logical %37, %31 : tensor<2xui32>
    %41 = stablehlo.or %39, %40 : tensor<2xui32>
    %42 = stablehlo.xor %41, %38 : tensor<2xui32>
    %43 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %44 = stablehlo.add %38, %43 : tensor<2xui32>
    %45 = stablehlo.constant dense<1> : tensor<ui32>
    %46 = stablehlo.add %7, %45 : tensor<ui32>
    %47 = stablehlo.broadcast_in_dim %46, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %48 = stablehlo.add %42, %47 : tensor<2xui32>
    %49 = stablehlo.add %44, %48 : tensor<2xui32>
    %50 = stablehlo.shift_left %48, %25 : tensor<2xui32>
    %51 = stablehlo.shift_right_logical %48, %22 : tensor<2xui32>
    %52 = stablehlo.or %50, %51 : tensor<2xui32>
    %53 = stablehlo.xor %52, %49 : tensor<2xui32>
    %54 = stablehlo.add %49, %53 : tensor<2xui32>
    %55 = stablehlo.constant dense<29> : tensor<ui32>
    %56 = stablehlo.broadcast_in_dim %55, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %57 = stablehlo.shift_left %53, %56 : tensor<2xui32>
    %58 = stablehlo.constant dense<3> : tensor<ui32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %60 = stablehlo.shift_right_logical %53, %59 : tensor<2xui32>
    %61 = stablehlo.or %57, %60 : tensor<2xui32>
    %62 = stablehlo.xor %61, %54 : tensor<2xui32>
    %63 = stablehlo.add %54, %62 : tensor<2xui32>
    %64 = stablehlo.constant dense<16> : tensor<ui32>
    %65 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %66 = stablehlo.shift_left %62, %65 : tensor<2xui32>
    %67 = stablehlo.shift_right_logical %62, %65 : tensor<2xui32>
    %68 = stablehlo.or %66, %67 : tensor<2xui32>
    %69 = stablehlo.xor %68, %63 : tensor<2xui32>
    %70 = stablehlo.add %63, %69 : tensor<2xui32>
    %71 = stablehlo.constant dense<24> : tensor<ui32>
    %72 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %73 = stablehlo.shift_left %69, %72 : tensor<2xui32>
    %74 = stablehlo.constant dense<8> : tensor<ui32>
    %75 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %76 = stablehlo.shift_right_logical %69, %75 : tensor<2xui32>
    %77 = stablehlo.or %73, %76 : tensor<2xui32>
    %78 = stablehlo.xor %77, %70 : tensor<2xui32>
    %79 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %80 = stablehlo.add %70, %79 : tensor<2xui32>
    %81 = stablehlo.constant dense<2> : tensor<ui32>
    %82 = stablehlo.add %2, %81 : tensor<ui32>
    %83 = stablehlo.broadcast_in_dim %82, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %84 = stablehlo.add %78, %83 : tensor<2xui32>
    %85 = stablehlo.add %80, %84 : tensor<2xui32>
    %86 = stablehlo.shift_left %84, %13 : tensor<2xui32>
    %87 = stablehlo.shift_right_logical %84, %16 : tensor<2xui32>
    %88 = stablehlo.or %86, %87 : tensor<2xui32>
    %89 = stablehlo.xor %88, %85 : tensor<2xui32>
    %90 = stablehlo.add %85, %89 : tensor<2xui32>
    %91 = stablehlo.shift_left %89, %22 : tensor<2xui32>
    %92 = stablehlo.shift_right_logical %89, %25 : tensor<2xui32>
    %93 = stablehlo.or %91, %92 : tensor<2xui32>
    %94 = stablehlo.xor %93, %90 : tensor<2xui32>
    %95 = stablehlo.add %90, %94 : tensor<2xui32>
    %96 = stablehlo.shift_left %94, %31 : tensor<2xui32>
    %97 = stablehlo.shift_right_logical %94, %34 : tensor<2xui32>
    %98 = stablehlo.or %96, %97 : tensor<2xui32>
    %99 = stablehlo.xor %98, %95 : tensor<2xui32>
    %100 = stablehlo.add %95, %99 : tensor<2xui32>
    %101 = stablehlo.shift_left %99, %34 : tensor<2xui32>
    %102 = stablehlo.shift_right_logical %99, %31 : tensor<2xui32>
    %103 = stablehlo.or %101, %102 : tensor<2xui32>
    %104 = stablehlo.xor %103, %100 : tensor<2xui32>
    %105 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %106 = stablehlo.add %100, %105 : tensor<2xui32>
    %107 = stablehlo.add %4, %58 : tensor<ui32>
    %108 = stablehlo.broadcast_in_dim %107, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %109 = stablehlo.add %104, %108 : tensor<2xui32>
    %110 = stablehlo.add %106, %109 : tensor<2xui32>
    %111 = stablehlo.shift_left %109, %25 : tensor<2xui32>
    %112 = stablehlo.shift_right_logical %109, %22 : tensor<2xui32>
    %113 = stablehlo.or %111, %112 : tensor<2xui32>
    %114 = stablehlo.xor %113, %110 : tensor<2xui32>
    %115 = stablehlo.add %110, %114 : tensor<2xui32>
    %116 = stablehlo.shift_left %114, %56 : tensor<2xui32>
    %117 = stablehlo.shift_right_logical %114, %59 : tensor<2xui32>
    %118 = stablehlo.or %116, %117 : tensor<2xui32>
    %119 = stablehlo.xor %118, %115 : tensor<2xui32>
    %120 = stablehlo.add %115, %119 : tensor<2xui32>
    %121 = stablehlo.shift_left %119, %65 : tensor<2xui32>
    %122 = stablehlo.shift_right_logical %119, %65 : tensor<2xui32>
    %123 = stablehlo.or %121, %122 : tensor<2xui32>
    %124 = stablehlo.xor %123, %120 : tensor<2xui32>
    %125 = stablehlo.add %120, %124 : tensor<2xui32>
    %126 = stablehlo.shift_left %124, %72 : tensor<2xui32>
    %127 = stablehlo.shift_right_logical %124, %75 : tensor<2xui32>
    %128 = stablehlo.or %126, %127 : tensor<2xui32>
    %129 = stablehlo.xor %128, %125 : tensor<2xui32>
    %130 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %131 = stablehlo.add %125, %130 : tensor<2xui32>
    %132 = stablehlo.constant dense<4> : tensor<ui32>
    %133 = stablehlo.add %7, %132 : tensor<ui32>
    %134 = stablehlo.broadcast_in_dim %133, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %135 = stablehlo.add %129, %134 : tensor<2xui32>
    %136 = stablehlo.add %131, %135 : tensor<2xui32>
    %137 = stablehlo.shift_left %135, %13 : tensor<2xui32>
    %138 = stablehlo.shift_right_logical %135, %16 : tensor<2xui32>
    %139 = stablehlo.or %137, %138 : tensor<2xui32>
    %140 = stablehlo.xor %139, %136 : tensor<2xui32>
    %141 = stablehlo.add %136, %140 : tensor<2xui32>
    %142 = stablehlo.shift_left %140, %22 : tensor<2xui32>
    %143 = stablehlo.shift_right_logical %140, %25 : tensor<2xui32>
    %144 = stablehlo.or %142, %143 : tensor<2xui32>
    %145 = stablehlo.xor %144, %141 : tensor<2xui32>
    %146 = stablehlo.add %141, %145 : tensor<2xui32>
    %147 = stablehlo.shift_left %145, %31 : tensor<2xui32>
    %148 = stablehlo.shift_right_logical %145, %34 : tensor<2xui32>
    %149 = stablehlo.or %147, %148 : tensor<2xui32>
    %150 = stablehlo.xor %149, %146 : tensor<2xui32>
    %151 = stablehlo.add %146, %150 : tensor<2xui32>
    %152 = stablehlo.shift_left %150, %34 : tensor<2xui32>
    %153 = stablehlo.shift_right_logical %150, %31 : tensor<2xui32>
    %154 = stablehlo.or %152, %153 : tensor<2xui32>
    %155 = stablehlo.xor %154, %151 : tensor<2xui32>
    %156 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %157 = stablehlo.add %151, %156 : tensor<2xui32>
    %158 = stablehlo.constant dense<5> : tensor<ui32>
    %159 = stablehlo.add %2, %158 : tensor<ui32>
    %160 = stablehlo.broadcast_in_dim %159, dims = [] : (tensor<ui32>) -> tensor<2xui32>
    %161 = stablehlo.add %155, %160 : tensor<2xui32>
    %162 = stablehlo.reshape %157 : (tensor<2xui32>) -> tensor<2x1xui32>
    %163 = stablehlo.reshape %161 : (tensor<2xui32>) -> tensor<2x1xui32>
    %164 = stablehlo.concatenate %162, %163, dim = 1 : (tensor<2x1xui32>, tensor<2x1xui32>) -> tensor<2x2xui32>
    %165 = stablehlo.slice %164 [0:1, 0:2] : (tensor<2x2xui32>) -> tensor<1x2xui32>
    %166 = stablehlo.reshape %165 : (tensor<1x2xui32>) -> tensor<2xui32>
    %167 = stablehlo.slice %164 [1:2, 0:2] : (tensor<2x2xui32>) -> tensor<1x2xui32>
    %168 = stablehlo.reshape %167 : (tensor<1x2xui32>) -> tensor<2xui32>
    %169 = stablehlo.iota dim = 0 : tensor<3x2xui32>
    %170 = stablehlo.broadcast_in_dim %81, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %171 = stablehlo.multiply %169, %170 : tensor<3x2xui32>
    %172 = stablehlo.iota dim = 1 : tensor<3x2xui32>
    %173 = stablehlo.add %171, %172 : tensor<3x2xui32>
    %174 = stablehlo.slice %168 [0:1] : (tensor<2xui32>) -> tensor<1xui32>
    %175 = stablehlo.reshape %174 : (tensor<1xui32>) -> tensor<ui32>
    %176 = stablehlo.slice %168 [1:2] : (tensor<2xui32>) -> tensor<1xui32>
    %177 = stablehlo.reshape %176 : (tensor<1xui32>) -> tensor<ui32>
    %178 = stablehlo.xor %175, %177 : tensor<ui32>
    %179 = stablehlo.xor %178, %6 : tensor<ui32>
    %180 = stablehlo.broadcast_in_dim %175, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %181 = stablehlo.broadcast_in_dim %177, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %182 = stablehlo.add %173, %181 : tensor<3x2xui32>
    %183 = stablehlo.add %180, %182 : tensor<3x2xui32>
    %184 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %185 = stablehlo.shift_left %182, %184 : tensor<3x2xui32>
    %186 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %187 = stablehlo.shift_right_logical %182, %186 : tensor<3x2xui32>
    %188 = stablehlo.or %185, %187 : tensor<3x2xui32>
    %189 = stablehlo.xor %188, %183 : tensor<3x2xui32>
    %190 = stablehlo.add %183, %189 : tensor<3x2xui32>
    %191 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %192 = stablehlo.shift_left %189, %191 : tensor<3x2xui32>
    %193 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %194 = stablehlo.shift_right_logical %189, %193 : tensor<3x2xui32>
    %195 = stablehlo.or %192, %194 : tensor<3x2xui32>
    %196 = stablehlo.xor %195, %190 : tensor<3x2xui32>
    %197 = stablehlo.add %190, %196 : tensor<3x2xui32>
    %198 = stablehlo.broadcast_in_dim %30, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %199 = stablehlo.shift_left %196, %198 : tensor<3x2xui32>
    %200 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %201 = stablehlo.shift_right_logical %196, %200 : tensor<3x2xui32>
    %202 = stablehlo.or %199, %201 : tensor<3x2xui32>
    %203 = stablehlo.xor %202, %197 : tensor<3x2xui32>
    %204 = stablehlo.add %197, %203 : tensor<3x2xui32>
    %205 = stablehlo.shift_left %203, %200 : tensor<3x2xui32>
    %206 = stablehlo.shift_right_logical %203, %198 : tensor<3x2xui32>
    %207 = stablehlo.or %205, %206 : tensor<3x2xui32>
    %208 = stablehlo.xor %207, %204 : tensor<3x2xui32>
    %209 = stablehlo.broadcast_in_dim %177, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %210 = stablehlo.add %204, %209 : tensor<3x2xui32>
    %211 = stablehlo.add %179, %45 : tensor<ui32>
    %212 = stablehlo.broadcast_in_dim %211, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %213 = stablehlo.add %208, %212 : tensor<3x2xui32>
    %214 = stablehlo.add %210, %213 : tensor<3x2xui32>
    %215 = stablehlo.shift_left %213, %193 : tensor<3x2xui32>
    %216 = stablehlo.shift_right_logical %213, %191 : tensor<3x2xui32>
    %217 = stablehlo.or %215, %216 : tensor<3x2xui32>
    %218 = stablehlo.xor %217, %214 : tensor<3x2xui32>
    %219 = stablehlo.add %214, %218 : tensor<3x2xui32>
    %220 = stablehlo.broadcast_in_dim %55, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %221 = stablehlo.shift_left %218, %220 : tensor<3x2xui32>
    %222 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %223 = stablehlo.shift_right_logical %218, %222 : tensor<3x2xui32>
    %224 = stablehlo.or %221, %223 : tensor<3x2xui32>
    %225 = stablehlo.xor %224, %219 : tensor<3x2xui32>
    %226 = stablehlo.add %219, %225 : tensor<3x2xui32>
    %227 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %228 = stablehlo.shift_left %225, %227 : tensor<3x2xui32>
    %229 = stablehlo.shift_right_logical %225, %227 : tensor<3x2xui32>
    %230 = stablehlo.or %228, %229 : tensor<3x2xui32>
    %231 = stablehlo.xor %230, %226 : tensor<3x2xui32>
    %232 = stablehlo.add %226, %231 : tensor<3x2xui32>
    %233 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %234 = stablehlo.shift_left %231, %233 : tensor<3x2xui32>
    %235 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %236 = stablehlo.shift_right_logical %231, %235 : tensor<3x2xui32>
    %237 = stablehlo.or %234, %236 : tensor<3x2xui32>
    %238 = stablehlo.xor %237, %232 : tensor<3x2xui32>
    %239 = stablehlo.broadcast_in_dim %179, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %240 = stablehlo.add %232, %239 : tensor<3x2xui32>
    %241 = stablehlo.add %175, %81 : tensor<ui32>
    %242 = stablehlo.broadcast_in_dim %241, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %243 = stablehlo.add %238, %242 : tensor<3x2xui32>
    %244 = stablehlo.add %240, %243 : tensor<3x2xui32>
    %245 = stablehlo.shift_left %243, %184 : tensor<3x2xui32>
    %246 = stablehlo.shift_right_logical %243, %186 : tensor<3x2xui32>
    %247 = stablehlo.or %245, %246 : tensor<3x2xui32>
    %248 = stablehlo.xor %247, %244 : tensor<3x2xui32>
    %249 = stablehlo.add %244, %248 : tensor<3x2xui32>
    %250 = stablehlo.shift_left %248, %191 : tensor<3x2xui32>
    %251 = stablehlo.shift_right_logical %248, %193 : tensor<3x2xui32>
    %252 = stablehlo.or %250, %251 : tensor<3x2xui32>
    %253 = stablehlo.xor %252, %249 : tensor<3x2xui32>
    %254 = stablehlo.add %249, %253 : tensor<3x2xui32>
    %255 = stablehlo.shift_left %253, %198 : tensor<3x2xui32>
    %256 = stablehlo.shift_right_logical %253, %200 : tensor<3x2xui32>
    %257 = stablehlo.or %255, %256 : tensor<3x2xui32>
    %258 = stablehlo.xor %257, %254 : tensor<3x2xui32>
    %259 = stablehlo.add %254, %258 : tensor<3x2xui32>
    %260 = stablehlo.shift_left %258, %200 : tensor<3x2xui32>
    %261 = stablehlo.shift_right_logical %258, %198 : tensor<3x2xui32>
    %262 = stablehlo.or %260, %261 : tensor<3x2xui32>
    %263 = stablehlo.xor %262, %259 : tensor<3x2xui32>
    %264 = stablehlo.broadcast_in_dim %175, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %265 = stablehlo.add %259, %264 : tensor<3x2xui32>
    %266 = stablehlo.add %177, %58 : tensor<ui32>
    %267 = stablehlo.broadcast_in_dim %266, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %268 = stablehlo.add %263, %267 : tensor<3x2xui32>
    %269 = stablehlo.add %265, %268 : tensor<3x2xui32>
    %270 = stablehlo.shift_left %268, %193 : tensor<3x2xui32>
    %271 = stablehlo.shift_right_logical %268, %191 : tensor<3x2xui32>
    %272 = stablehlo.or %270, %271 : tensor<3x2xui32>
    %273 = stablehlo.xor %272, %269 : tensor<3x2xui32>
    %274 = stablehlo.add %269, %273 : tensor<3x2xui32>
    %275 = stablehlo.shift_left %273, %220 : tensor<3x2xui32>
    %276 = stablehlo.shift_right_logical %273, %222 : tensor<3x2xui32>
    %277 = stablehlo.or %275, %276 : tensor<3x2xui32>
    %278 = stablehlo.xor %277, %274 : tensor<3x2xui32>
    %279 = stablehlo.add %274, %278 : tensor<3x2xui32>
    %280 = stablehlo.shift_left %278, %227 : tensor<3x2xui32>
    %281 = stablehlo.shift_right_logical %278, %227 : tensor<3x2xui32>
    %282 = stablehlo.or %280, %281 : tensor<3x2xui32>
    %283 = stablehlo.xor %282, %279 : tensor<3x2xui32>
    %284 = stablehlo.add %279, %283 : tensor<3x2xui32>
    %285 = stablehlo.shift_left %283, %233 : tensor<3x2xui32>
    %286 = stablehlo.shift_right_logical %283, %235 : tensor<3x2xui32>
    %287 = stablehlo.or %285, %286 : tensor<3x2xui32>
    %288 = stablehlo.xor %287, %284 : tensor<3x2xui32>
    %289 = stablehlo.broadcast_in_dim %177, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %290 = stablehlo.add %284, %289 : tensor<3x2xui32>
    %291 = stablehlo.add %179, %132 : tensor<ui32>
    %292 = stablehlo.broadcast_in_dim %291, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %293 = stablehlo.add %288, %292 : tensor<3x2xui32>
    %294 = stablehlo.add %290, %293 : tensor<3x2xui32>
    %295 = stablehlo.shift_left %293, %184 : tensor<3x2xui32>
    %296 = stablehlo.shift_right_logical %293, %186 : tensor<3x2xui32>
    %297 = stablehlo.or %295, %296 : tensor<3x2xui32>
    %298 = stablehlo.xor %297, %294 : tensor<3x2xui32>
    %299 = stablehlo.add %294, %298 : tensor<3x2xui32>
    %300 = stablehlo.shift_left %298, %191 : tensor<3x2xui32>
    %301 = stablehlo.shift_right_logical %298, %193 : tensor<3x2xui32>
    %302 = stablehlo.or %300, %301 : tensor<3x2xui32>
    %303 = stablehlo.xor %302, %299 : tensor<3x2xui32>
    %304 = stablehlo.add %299, %303 : tensor<3x2xui32>
    %305 = stablehlo.shift_left %303, %198 : tensor<3x2xui32>
    %306 = stablehlo.shift_right_logical %303, %200 : tensor<3x2xui32>
    %307 = stablehlo.or %305, %306 : tensor<3x2xui32>
    %308 = stablehlo.xor %307, %304 : tensor<3x2xui32>
    %309 = stablehlo.add %304, %308 : tensor<3x2xui32>
    %310 = stablehlo.shift_left %308, %200 : tensor<3x2xui32>
    %311 = stablehlo.shift_right_logical %308, %198 : tensor<3x2xui32>
    %312 = stablehlo.or %310, %311 : tensor<3x2xui32>
    %313 = stablehlo.xor %312, %309 : tensor<3x2xui32>
    %314 = stablehlo.broadcast_in_dim %179, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %315 = stablehlo.add %309, %314 : tensor<3x2xui32>
    %316 = stablehlo.add %175, %158 : tensor<ui32>
    %317 = stablehlo.broadcast_in_dim %316, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %318 = stablehlo.add %313, %317 : tensor<3x2xui32>
    %319 = stablehlo.xor %315, %318 : tensor<3x2xui32>
    %320 = stablehlo.constant dense<9> : tensor<ui32>
    %321 = stablehlo.broadcast_in_dim %320, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %322 = stablehlo.shift_right_logical %319, %321 : tensor<3x2xui32>
    %323 = stablehlo.constant dense<1065353216> : tensor<ui32>
    %324 = stablehlo.broadcast_in_dim %323, dims = [] : (tensor<ui32>) -> tensor<3x2xui32>
    %325 = stablehlo.or %322, %324 : tensor<3x2xui32>
    %326 = stablehlo.bitcast_convert %325 : (tensor<3x2xui32>) -> tensor<3x2xf32>
    %327 = stablehlo.constant dense<1.0> : tensor<f32>
    %328 = stablehlo.broadcast_in_dim %327, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %329 = stablehlo.subtract %326, %328 : tensor<3x2xf32>
    %330 = stablehlo.constant dense<-0.99999994> : tensor<f32>
    %331 = stablehlo.constant dense<2.0> : tensor<f32>
    %332 = stablehlo.iota dim = 0 : tensor<4xui32>
    %333 = stablehlo.slice %168 [0:1] : (tensor<2xui32>) -> tensor<1xui32>
    %334 = stablehlo.reshape %333 : (tensor<1xui32>) -> tensor<ui32>
    %335 = stablehlo.slice %168 [1:2] : (tensor<2xui32>) -> tensor<1xui32>
    %336 = stablehlo.reshape %335 : (tensor<1xui32>) -> tensor<ui32>
    %337 = stablehlo.xor %334, %336 : tensor<ui32>
    %338 = stablehlo.xor %337, %6 : tensor<ui32>
    %339 = stablehlo.broadcast_in_dim %334, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %340 = stablehlo.broadcast_in_dim %336, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %341 = stablehlo.add %332, %340 : tensor<4xui32>
    %342 = stablehlo.add %339, %341 : tensor<4xui32>
    %343 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %344 = stablehlo.shift_left %341, %343 : tensor<4xui32>
    %345 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %346 = stablehlo.shift_right_logical %341, %345 : tensor<4xui32>
    %347 = stablehlo.or %344, %346 : tensor<4xui32>
    %348 = stablehlo.xor %347, %342 : tensor<4xui32>
    %349 = stablehlo.add %342, %348 : tensor<4xui32>
    %350 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %351 = stablehlo.shift_left %348, %350 : tensor<4xui32>
    %352 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %353 = stablehlo.shift_right_logical %348, %352 : tensor<4xui32>
    %354 = stablehlo.or %351, %353 : tensor<4xui32>
    %355 = stablehlo.xor %354, %349 : tensor<4xui32>
    %356 = stablehlo.add %349, %355 : tensor<4xui32>
    %357 = stablehlo.broadcast_in_dim %30, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %358 = stablehlo.shift_left %355, %357 : tensor<4xui32>
    %359 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %360 = stablehlo.shift_right_logical %355, %359 : tensor<4xui32>
    %361 = stablehlo.or %358, %360 : tensor<4xui32>
    %362 = stablehlo.xor %361, %356 : tensor<4xui32>
    %363 = stablehlo.add %356, %362 : tensor<4xui32>
    %364 = stablehlo.shift_left %362, %359 : tensor<4xui32>
    %365 = stablehlo.shift_right_logical %362, %357 : tensor<4xui32>
    %366 = stablehlo.or %364, %365 : tensor<4xui32>
    %367 = stablehlo.xor %366, %363 : tensor<4xui32>
    %368 = stablehlo.broadcast_in_dim %336, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %369 = stablehlo.add %363, %368 : tensor<4xui32>
    %370 = stablehlo.add %338, %45 : tensor<ui32>
    %371 = stablehlo.broadcast_in_dim %370, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %372 = stablehlo.add %367, %371 : tensor<4xui32>
    %373 = stablehlo.add %369, %372 : tensor<4xui32>
    %374 = stablehlo.shift_left %372, %352 : tensor<4xui32>
    %375 = stablehlo.shift_right_logical %372, %350 : tensor<4xui32>
    %376 = stablehlo.or %374, %375 : tensor<4xui32>
    %377 = stablehlo.xor %376, %373 : tensor<4xui32>
    %378 = stablehlo.add %373, %377 : tensor<4xui32>
    %379 = stablehlo.broadcast_in_dim %55, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %380 = stablehlo.shift_left %377, %379 : tensor<4xui32>
    %381 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %382 = stablehlo.shift_right_logical %377, %381 : tensor<4xui32>
    %383 = stablehlo.or %380, %382 : tensor<4xui32>
    %384 = stablehlo.xor %383, %378 : tensor<4xui32>
    %385 = stablehlo.add %378, %384 : tensor<4xui32>
    %386 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %387 = stablehlo.shift_left %384, %386 : tensor<4xui32>
    %388 = stablehlo.shift_right_logical %384, %386 : tensor<4xui32>
    %389 = stablehlo.or %387, %388 : tensor<4xui32>
    %390 = stablehlo.xor %389, %385 : tensor<4xui32>
    %391 = stablehlo.add %385, %390 : tensor<4xui32>
    %392 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %393 = stablehlo.shift_left %390, %392 : tensor<4xui32>
    %394 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %395 = stablehlo.shift_right_logical %390, %394 : tensor<4xui32>
    %396 = stablehlo.or %393, %395 : tensor<4xui32>
    %397 = stablehlo.xor %396, %391 : tensor<4xui32>
    %398 = stablehlo.broadcast_in_dim %338, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %399 = stablehlo.add %391, %398 : tensor<4xui32>
    %400 = stablehlo.add %334, %81 : tensor<ui32>
    %401 = stablehlo.broadcast_in_dim %400, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %402 = stablehlo.add %397, %401 : tensor<4xui32>
    %403 = stablehlo.add %399, %402 : tensor<4xui32>
    %404 = stablehlo.shift_left %402, %343 : tensor<4xui32>
    %405 = stablehlo.shift_right_logical %402, %345 : tensor<4xui32>
    %406 = stablehlo.or %404, %405 : tensor<4xui32>
    %407 = stablehlo.xor %406, %403 : tensor<4xui32>
    %408 = stablehlo.add %403, %407 : tensor<4xui32>
    %409 = stablehlo.shift_left %407, %350 : tensor<4xui32>
    %410 = stablehlo.shift_right_logical %407, %352 : tensor<4xui32>
    %411 = stablehlo.or %409, %410 : tensor<4xui32>
    %412 = stablehlo.xor %411, %408 : tensor<4xui32>
    %413 = stablehlo.add %408, %412 : tensor<4xui32>
    %414 = stablehlo.shift_left %412, %357 : tensor<4xui32>
    %415 = stablehlo.shift_right_logical %412, %359 : tensor<4xui32>
    %416 = stablehlo.or %414, %415 : tensor<4xui32>
    %417 = stablehlo.xor %416, %413 : tensor<4xui32>
    %418 = stablehlo.add %413, %417 : tensor<4xui32>
    %419 = stablehlo.shift_left %417, %359 : tensor<4xui32>
    %420 = stablehlo.shift_right_logical %417, %357 : tensor<4xui32>
    %421 = stablehlo.or %419, %420 : tensor<4xui32>
    %422 = stablehlo.xor %421, %418 : tensor<4xui32>
    %423 = stablehlo.broadcast_in_dim %334, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %424 = stablehlo.add %418, %423 : tensor<4xui32>
    %425 = stablehlo.add %336, %58 : tensor<ui32>
    %426 = stablehlo.broadcast_in_dim %425, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %427 = stablehlo.add %422, %426 : tensor<4xui32>
    %428 = stablehlo.add %424, %427 : tensor<4xui32>
    %429 = stablehlo.shift_left %427, %352 : tensor<4xui32>
    %430 = stablehlo.shift_right_logical %427, %350 : tensor<4xui32>
    %431 = stablehlo.or %429, %430 : tensor<4xui32>
    %432 = stablehlo.xor %431, %428 : tensor<4xui32>
    %433 = stablehlo.add %428, %432 : tensor<4xui32>
    %434 = stablehlo.shift_left %432, %379 : tensor<4xui32>
    %435 = stablehlo.shift_right_logical %432, %381 : tensor<4xui32>
    %436 = stablehlo.or %434, %435 : tensor<4xui32>
    %437 = stablehlo.xor %436, %433 : tensor<4xui32>
    %438 = stablehlo.add %433, %437 : tensor<4xui32>
    %439 = stablehlo.shift_left %437, %386 : tensor<4xui32>
    %440 = stablehlo.shift_right_logical %437, %386 : tensor<4xui32>
    %441 = stablehlo.or %439, %440 : tensor<4xui32>
    %442 = stablehlo.xor %441, %438 : tensor<4xui32>
    %443 = stablehlo.add %438, %442 : tensor<4xui32>
    %444 = stablehlo.shift_left %442, %392 : tensor<4xui32>
    %445 = stablehlo.shift_right_logical %442, %394 : tensor<4xui32>
    %446 = stablehlo.or %444, %445 : tensor<4xui32>
    %447 = stablehlo.xor %446, %443 : tensor<4xui32>
    %448 = stablehlo.broadcast_in_dim %336, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %449 = stablehlo.add %443, %448 : tensor<4xui32>
    %450 = stablehlo.add %338, %132 : tensor<ui32>
    %451 = stablehlo.broadcast_in_dim %450, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %452 = stablehlo.add %447, %451 : tensor<4xui32>
    %453 = stablehlo.add %449, %452 : tensor<4xui32>
    %454 = stablehlo.shift_left %452, %343 : tensor<4xui32>
    %455 = stablehlo.shift_right_logical %452, %345 : tensor<4xui32>
    %456 = stablehlo.or %454, %455 : tensor<4xui32>
    %457 = stablehlo.xor %456, %453 : tensor<4xui32>
    %458 = stablehlo.add %453, %457 : tensor<4xui32>
    %459 = stablehlo.shift_left %457, %350 : tensor<4xui32>
    %460 = stablehlo.shift_right_logical %457, %352 : tensor<4xui32>
    %461 = stablehlo.or %459, %460 : tensor<4xui32>
    %462 = stablehlo.xor %461, %458 : tensor<4xui32>
    %463 = stablehlo.add %458, %462 : tensor<4xui32>
    %464 = stablehlo.shift_left %462, %357 : tensor<4xui32>
    %465 = stablehlo.shift_right_logical %462, %359 : tensor<4xui32>
    %466 = stablehlo.or %464, %465 : tensor<4xui32>
    %467 = stablehlo.xor %466, %463 : tensor<4xui32>
    %468 = stablehlo.add %463, %467 : tensor<4xui32>
    %469 = stablehlo.shift_left %467, %359 : tensor<4xui32>
    %470 = stablehlo.shift_right_logical %467, %357 : tensor<4xui32>
    %471 = stablehlo.or %469, %470 : tensor<4xui32>
    %472 = stablehlo.xor %471, %468 : tensor<4xui32>
    %473 = stablehlo.broadcast_in_dim %338, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %474 = stablehlo.add %468, %473 : tensor<4xui32>
    %475 = stablehlo.add %334, %158 : tensor<ui32>
    %476 = stablehlo.broadcast_in_dim %475, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %477 = stablehlo.add %472, %476 : tensor<4xui32>
    %478 = stablehlo.xor %474, %477 : tensor<4xui32>
    %479 = stablehlo.broadcast_in_dim %320, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %480 = stablehlo.shift_right_logical %478, %479 : tensor<4xui32>
    %481 = stablehlo.broadcast_in_dim %323, dims = [] : (tensor<ui32>) -> tensor<4xui32>
    %482 = stablehlo.or %480, %481 : tensor<4xui32>
    %483 = stablehlo.bitcast_convert %482 : (tensor<4xui32>) -> tensor<4xf32>
    %484 = stablehlo.broadcast_in_dim %327, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %485 = stablehlo.subtract %483, %484 : tensor<4xf32>
    %486 = stablehlo.broadcast_in_dim %331, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %487 = stablehlo.multiply %485, %486 : tensor<4xf32>
    %488 = stablehlo.broadcast_in_dim %330, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %489 = stablehlo.add %487, %488 : tensor<4xf32>
    %490 = stablehlo.multiply %489, %489 : tensor<4xf32>
    %491 = stablehlo.negate %490 : tensor<4xf32>
    %492 = stablehlo.log_plus_one %491 : tensor<4xf32>
    %493 = stablehlo.negate %492 : tensor<4xf32>
    %494 = stablehlo.constant dense<5.0> : tensor<f32>
    %495 = stablehlo.broadcast_in_dim %494, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %496 = stablehlo.compare LT, %493, %495, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %497 = stablehlo.constant dense<2.5> : tensor<f32>
    %498 = stablehlo.broadcast_in_dim %497, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %499 = stablehlo.subtract %493, %498 : tensor<4xf32>
    %500 = stablehlo.sqrt %493 : tensor<4xf32>
    %501 = stablehlo.constant dense<3.0> : tensor<f32>
    %502 = stablehlo.broadcast_in_dim %501, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %503 = stablehlo.subtract %500, %502 : tensor<4xf32>
    %504 = stablehlo.select %496, %499, %503 : tensor<4xi1>, tensor<4xf32>
    %505 = stablehlo.constant dense<2.8102264e-8> : tensor<f32>
    %506 = stablehlo.broadcast_in_dim %505, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %507 = stablehlo.constant dense<-0.00020021426> : tensor<f32>
    %508 = stablehlo.broadcast_in_dim %507, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %509 = stablehlo.select %496, %506, %508 : tensor<4xi1>, tensor<4xf32>
    %510 = stablehlo.multiply %509, %504 : tensor<4xf32>
    %511 = stablehlo.constant dense<3.4327394e-7> : tensor<f32>
    %512 = stablehlo.broadcast_in_dim %511, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %513 = stablehlo.constant dense<0.00010095056> : tensor<f32>
    %514 = stablehlo.broadcast_in_dim %513, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %515 = stablehlo.select %496, %512, %514 : tensor<4xi1>, tensor<4xf32>
    %516 = stablehlo.add %510, %515 : tensor<4xf32>
    %517 = stablehlo.multiply %516, %504 : tensor<4xf32>
    %518 = stablehlo.constant dense<-0.0000035233877> : tensor<f32>
    %519 = stablehlo.broadcast_in_dim %518, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %520 = stablehlo.constant dense<0.0013493432> : tensor<f32>
    %521 = stablehlo.broadcast_in_dim %520, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %522 = stablehlo.select %496, %519, %521 : tensor<4xi1>, tensor<4xf32>
    %523 = stablehlo.add %517, %522 : tensor<4xf32>
    %524 = stablehlo.multiply %523, %504 : tensor<4xf32>
    %525 = stablehlo.constant dense<-0.0000043915065> : tensor<f32>
    %526 = stablehlo.broadcast_in_dim %525, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %527 = stablehlo.constant dense<-0.0036734284> : tensor<f32>
    %528 = stablehlo.broadcast_in_dim %527, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %529 = stablehlo.select %496, %526, %528 : tensor<4xi1>, tensor<4xf32>
    %530 = stablehlo.add %524, %529 : tensor<4xf32>
    %531 = stablehlo.multiply %530, %504 : tensor<4xf32>
    %532 = stablehlo.constant dense<0.00021858087> : tensor<f32>
    %533 = stablehlo.broadcast_in_dim %532, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %534 = stablehlo.constant dense<0.0057395077> : tensor<f32>
    %535 = stablehlo.broadcast_in_dim %534, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %536 = stablehlo.select %496, %533, %535 : tensor<4xi1>, tensor<4xf32>
    %537 = stablehlo.add %531, %536 : tensor<4xf32>
    %538 = stablehlo.multiply %537, %504 : tensor<4xf32>
    %539 = stablehlo.constant dense<-0.001253725> : tensor<f32>
    %540 = stablehlo.broadcast_in_dim %539, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %541 = stablehlo.constant dense<-0.0076224613> : tensor<f32>
    %542 = stablehlo.broadcast_in_dim %541, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %543 = stablehlo.select %496, %540, %542 : tensor<4xi1>, tensor<4xf32>
    %544 = stablehlo.add %538, %543 : tensor<4xf32>
    %545 = stablehlo.multiply %544, %504 : tensor<4xf32>
    %546 = stablehlo.constant dense<-0.0041776816> : tensor<f32>
    %547 = stablehlo.broadcast_in_dim %546, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %548 = stablehlo.constant dense<0.0094388705> : tensor<f32>
    %549 = stablehlo.broadcast_in_dim %548, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %550 = stablehlo.select %496, %547, %549 : tensor<4xi1>, tensor<4xf32>
    %551 = stablehlo.add %545, %550 : tensor<4xf32>
    %552 = stablehlo.multiply %551, %504 : tensor<4xf32>
    %553 = stablehlo.constant dense<0.24664073> : tensor<f32>
    %554 = stablehlo.broadcast_in_dim %553, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %555 = stablehlo.constant dense<1.001674> : tensor<f32>
    %556 = stablehlo.broadcast_in_dim %555, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %557 = stablehlo.select %496, %554, %556 : tensor<4xi1>, tensor<4xf32>
    %558 = stablehlo.add %552, %557 : tensor<4xf32>
    %559 = stablehlo.multiply %558, %504 : tensor<4xf32>
    %560 = stablehlo.constant dense<1.5014094> : tensor<f32>
    %561 = stablehlo.broadcast_in_dim %560, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %562 = stablehlo.constant dense<2.8329768> : tensor<f32>
    %563 = stablehlo.broadcast_in_dim %562, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %564 = stablehlo.select %496, %561, %563 : tensor<4xi1>, tensor<4xf32>
    %565 = stablehlo.add %559, %564 : tensor<4xf32>
    %566 = stablehlo.multiply %565, %489 : tensor<4xf32>
    %567 = stablehlo.constant dense<1.4142135> : tensor<f32>
    %568 = stablehlo.broadcast_in_dim %567, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %569 = stablehlo.multiply %566, %568 : tensor<4xf32>
    return %166, %569, %329 : tensor<2xui32>, tensor<4xf32>, tensor<3x2xf32>
  }
}
