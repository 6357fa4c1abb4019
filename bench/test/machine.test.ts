import t from 'tap'
import { diskOf, flushes, syncMs } from '../src/disk.ts'
import { processStats } from '../src/process-stats.ts'

t.test('a process is read from /proc', async t => {
  const stats = processStats(process.pid)
  t.ok(stats.rss > 2 ** 20 && stats.rss < 2 ** 40)
  t.ok(stats.cpuMs > 0)
  t.throws(() => processStats(2 ** 30))
})

t.test('a file system in memory is not durable', async t => {
  t.equal(diskOf('/dev/shm').durable, false)
  const here = diskOf(t.testdir())
  t.not(here.fileSystem, 'unknown')
  t.ok(flushes(here.device) >= 0)
  t.equal(flushes('no such device'), 0)
})

t.test('a sync takes time and leaves nothing behind', async t => {
  const directory = t.testdir()
  const { median, worst } = syncMs(directory)
  t.ok(median > 0 && worst >= median)
  t.throws(() => syncMs(`${directory}/none`))
})
