#include "owner.h"
#include "control.h"
#include "registers.h"
#include "routing.h"
#include "smbus.h"

enum { FIRST_ADDRESS = 0x08, LAST_ADDRESS = 0x77 };
// MT2 and MN1 of SMBus (DSP0237 table 9); a round begins every TRECLAIM/2, and after four without an answer a device is
// gone.
enum { ANSWER_US = 300000, MOST_TRIES = 3, ROUND_US = 2500000, MOST_MISSES = 4 };
// What acknowledges and does not speak MCTP is left alone for so many rounds.
enum { SILENT_ROUNDS = 12 };
enum { IDLE, ASKING, ASSIGNING } state;

static uint8_t silent[LAST_ADDRESS + 1];
static uint8_t address, instance, tag, tries, force;
static uint32_t asked_at, round_at, in_round;

// SMBus and others have taken these (SMBus 2.0 appendix C), or they are memories, which a question would write to.
static int may_be_asked(uint8_t a) {
  switch (a) {
  case 0x0c: case 0x28: case 0x61: case OWN_ADDRESS: return 0;
  default: return !(a >= 0x30 && a <= 0x37) && !(a >= 0x50 && a <= 0x57);
  }
}

static void ask(uint8_t command, const uint8_t *body, uint32_t bytes) {
  uint8_t packet[4 + CONTROL_HEAD + 2] = {1, 0, own_eid, 0xc8, 0, FLAG_REQUEST, command};
  packet[3] |= tag;
  packet[5] |= instance;
  for (uint32_t i = 0; i < bytes; i++) packet[4 + CONTROL_HEAD + i] = body[i];
  asked_at = now_us();
  smbus_send(address, packet, 4 + CONTROL_HEAD + bytes, 1);
}

static void ask_state(void) {
  if (state == ASKING) return ask(GET_ENDPOINT_ID, 0, 0);
  const uint8_t body[2] = {force, eid_of(device_at(address))};
  ask(SET_ENDPOINT_ID, body, sizeof body);
}

static void begin(int next) {
  state = next;
  tries = 1;
  instance = (instance + 1) & INSTANCE;
  tag = (tag + 1) & 7;
  ask_state();
}

static void missed(void) {
  device *d = device_at(address);
  state = IDLE;
  if (d && d->present && ++d->misses >= MOST_MISSES) d->present = 0;
}

static void next_address(void) {
  do address++;
  while (address <= LAST_ADDRESS && !may_be_asked(address));
  if (address > LAST_ADDRESS) {
    in_round = 0;
    return;
  }
  if (silent[address]) silent[address]--;
  else begin(ASKING);
}

void owner_restart(void) {
  for (uint32_t i = 0; i <= LAST_ADDRESS; i++) silent[i] = 0;
  state = IDLE;
  in_round = 0;
  round_at = now_us();
}

void owner_poll(void) {
  if (!pool_size || !own_eid || !smbus_room()) return;
  if (state != IDLE) {
    if (now_us() - asked_at < ANSWER_US) return;
    device *d = device_at(address);
    // One that we know is asked again in the next round.
    if (tries++ < MOST_TRIES && !(d && d->present)) return ask_state();
    if (!(d && d->present)) silent[address] = SILENT_ROUNDS;
    return missed();
  }
  if (!in_round) {
    if ((int32_t)(now_us() - round_at) < 0) return;
    in_round = 1;
    round_at = now_us() + ROUND_US;
    address = FIRST_ADDRESS - 1;
  }
  next_address();
}

uint32_t owner_wait_us(void) {
  if (!pool_size || !own_eid) return 0;
  int32_t left = (int32_t)((state != IDLE ? asked_at + ANSWER_US : round_at) - now_us());
  // Too near for an alarm, which would be set when its time has passed.
  return left < 50 || (in_round && state == IDLE) ? 1 : (uint32_t)left;
}

void owner_refused(uint8_t refused) {
  if (state == IDLE || refused != address) return;
  silent[address] = 0;
  missed();
}

static void knows(uint8_t eid, uint8_t kind) {
  device *d = device_place(address);
  state = IDLE;
  if (!d) return; // the pool is used up
  d->bridge = kind >> 4 & 1;
  if (d->present && eid == eid_of(d)) {
    d->misses = 0;
    return;
  }
  d->present = 0;
  force = 0;
  begin(ASSIGNING);
}

// The EID in effect counts. A device which holds on to another one is forced once.
static void assigned(uint8_t eid) {
  device *d = device_at(address);
  state = IDLE;
  if (!d) return;
  if (eid == eid_of(d)) {
    d->present = 1;
    d->misses = 0;
  } else if (!force) {
    force = 1;
    begin(ASSIGNING);
  } else {
    silent[address] = SILENT_ROUNDS;
  }
}

void owner_response(uint8_t source, uint8_t its_tag, const uint8_t *response, uint32_t count) {
  if (state == IDLE || source != address || its_tag != tag || (response[1] & INSTANCE) != instance) return;
  if (response[2] != (state == ASKING ? GET_ENDPOINT_ID : SET_ENDPOINT_ID)) return;
  if (count < CONTROL_HEAD + 4 || response[3] != SUCCESS) {
    silent[address] = SILENT_ROUNDS;
    return missed();
  }
  if (state == ASKING) knows(response[4], response[5]);
  else assigned(response[5]);
}
