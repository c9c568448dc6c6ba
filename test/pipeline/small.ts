/** Settings that make the whole pipeline a matter of seconds, with several epochs to be killed in. */
export const SMALL = [
  'text.encoder=hashing',
  'hgnn.hidden=32',
  'hgnn.out=16',
  'hgnn.batch=128',
  'hgnn.epochs=4',
  'hgnn.stepsPerEpoch=6',
  'twoTower.hidden=[32]',
  'twoTower.out=16',
  'twoTower.batch=64',
  'twoTower.epochs=3',
  'twoTower.uniformNegatives=32',
  'twoTower.snapshots=3',
  'evaluation.bootstrap=100',
];
