import { describe } from 'vitest';
import { imageWithout } from '../support/shells.ts';
import { testExec } from '../connectors/daytona/exec-suite.ts';

const IMAGES = [imageWithout('no bash', ['bash']), imageWithout('no setsid', ['setsid'])];

describe.each(IMAGES)('in an image with $name, exec', testExec);
