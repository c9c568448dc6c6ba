import { z } from 'zod';

const cut = z.union([
  z.number().gt(0).lt(1),
  z.string().regex(/^\d{4}-\d{2}-\d{2}/, { error: 'want an ISO date such as "2014-01-25"' }),
]);

/** What is held out to be foreseen: by time, each user's last item, a test file, or nothing. */
export const splitSchema = z.strictObject({
  by: z
    .enum(['time', 'last', 'given', 'none'])
    .default('time')
    .describe(
      'What is held out. "time": all after a cut, the same for everybody (the default: nothing from the future can leak). "last": each user\'s last new item. "given": what the file `events.test` holds. "none": nothing; the run learns from all events and is served, not judged.',
    ),
  validation: cut
    .default(0.8)
    .describe(
      'Start of the validation window: a quantile of the event times, or an ISO date (UTC). Used by "time".',
    ),
  test: cut
    .default(0.9)
    .describe(
      'Start of the test window: a quantile of the event times, or an ISO date (UTC). Used by "time".',
    ),
  share: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe(
      'Share of the (user, item) pairs that "given" holds out on the validation window, drawn evenly.',
    ),
  coldType: z
    .strictObject({
      type: z.string().min(1).describe('The item type that becomes new.'),
      users: z.number().gt(0).max(1).default(0.8).describe('Share of the users who lose it, drawn evenly.'),
    })
    .optional()
    .describe(
      'Simulates a new item type: its events are taken out of the histories of a share of the users, who are then cold for it.',
    ),
  seed: z.int().min(0).default(1).describe('Of what "given" and `coldType` draw; `seed` does not change it.'),
});
