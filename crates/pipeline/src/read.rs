//! Reading a PDF through confined processes. (being written: `read`, `render`)
