import { describe } from 'vitest';
import { findImages } from '../support/shells.ts';
import { testExec } from './exec-suite.ts';

describe.each(findImages())('in an image with $name, exec', testExec);
