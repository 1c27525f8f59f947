import { testFastCommands } from './fast-commands.ts';

testFastCommands(50);
