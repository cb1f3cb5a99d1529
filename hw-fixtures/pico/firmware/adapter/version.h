#pragma once

#define VERSION_MAJOR 1
#define VERSION_MINOR 1
#define VERSION_TEXT "1.1"
