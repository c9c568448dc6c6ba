import { z } from 'zod';

const cut = z.union([
  z.number().gt(0).lt(1),
  z.string().regex(/^\d{4}-\d{2}-\d{2}/, { error: 'want an ISO date such as "2014-01-25"' }),
]);

/** Where time is cut: train < validation <= ... < test <= ... */
export const splitSchema = z.strictObject({
  validation: cut
    .default(0.8)
    .describe('Start of the validation window: a quantile of the event times, or an ISO date (UTC).'),
  test: cut
    .default(0.9)
    .describe('Start of the test window: a quantile of the event times, or an ISO date (UTC).'),
});
