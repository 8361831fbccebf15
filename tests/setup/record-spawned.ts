import { onSpawnedOutput } from '../../src/testing/spawned-app.ts'
import { keepOutput } from './output-record.ts'

// What processes of tests write is searched for planted secrets at the end of the run.
onSpawnedOutput(keepOutput)
