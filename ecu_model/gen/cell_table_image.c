/// Cells of an image, generated from ecu_model/db/cells.csv and data/cells: do not edit.
#include "cell_table.h"

const cell_table_t *const cell_table[CELL_TABLE_COUNT] = {
    [CELL_TABLE_SOUL_EV] = &cell_table_soul_ev,
};
