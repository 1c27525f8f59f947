import { describe } from 'vitest';
import { findImages, missingShells } from '../../support/shells.ts';
import { testExec } from './exec-suite.ts';

const images = findImages();

const missing = missingShells();

process.stderr.write(
	`Sandboxes run ${images.map(({ name }) => name).join(', ')}; not on this machine: ${missing.join(', ') || 'none'}\n`,
);

describe.each(images)('in an image with $name, exec', testExec);
