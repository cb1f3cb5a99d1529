#pragma once

// Leave for the boot ROM, which is a USB drive until an image is copied to it.
void bootloader_enter(void);
