"""Loop bodies of CMSIS-NN's support functions, with DSP and without MVE (CMSIS-NN 4ab83cc3)."""

from __future__ import annotations

from estimator.loops import Counts, named


def mat_mult_nt_t_s8(calls: int, lhs_rows: int, rhs_rows: int, rhs_cols: int) -> Counts:
    """Source/NNSupportFunctions/arm_nn_mat_mult_nt_t_s8.c: 2 x 2 outputs at a time."""
    pairs = calls * (rhs_rows // 2)
    blocks, single = pairs * (lhs_rows // 2), pairs * (lhs_rows % 2)
    odd = calls * (rhs_rows % 2) * lhs_rows
    fours, rest = rhs_cols // 4, rhs_cols % 16 // 4  # the body for 16 is that for 4, four times
    return named(
        "arm_nn_mat_mult_nt_t_s8",
        call=calls,
        pair_of_rows=pairs,
        weight_sum=pairs * rhs_cols,
        block=blocks,
        block_of_4=blocks * fours,
        block_of_1=blocks * (rhs_cols % 4),
        left_over=single,
        left_over_of_4=single * fours,
        left_over_of_1=single * (rhs_cols % 4),
        rest=(blocks + single) * (rest > 0),
        rest_of_4=(blocks + single) * rest,
        odd_row=odd,
        odd_row_mac=odd * rhs_cols,
    )


def mat_mult_kernel_s8_s16(calls: int, output_channels: int, columns: int) -> Counts:
    """Source/ConvolutionFunctions/arm_nn_mat_mult_kernel_s8_s16.c: two columns per call."""
    pairs, odd = calls * (output_channels // 2), calls * (output_channels % 2)
    return named(
        "arm_nn_mat_mult_kernel_s8_s16",
        call=calls,
        pair_of_channels=pairs,
        pair_of_4=pairs * (columns // 4),
        pair_of_1=pairs * (columns % 4),
        odd=odd,
        odd_of_4=odd * (columns // 4),
        odd_of_1=odd * (columns % 4),
    )


def vec_mat_mult_t(function: str, calls: int, rows: int, columns: int) -> Counts:
    """Source/NNSupportFunctions/arm_nn_vec_mat_mult_t_*.c: two rows of weights at a time."""
    pairs, odd = calls * (rows // 2), calls * (rows % 2)
    return named(
        function,
        call=calls,
        pair_of_rows=pairs,
        pair_of_4=pairs * (columns // 4),
        pair_of_1=pairs * (columns % 4),
        odd_row=odd,
        odd_of_4=odd * (columns // 4),
        odd_of_1=odd * (columns % 4),
    )
