/** Counts, and prints the closing line. */
export class Tally {
  passed = 0;
  failed = 0;
  report(what, complaints = []) {
    if (complaints.length === 0) {
      ++this.passed;
      return true;
    }
    ++this.failed;
    console.log(`FAILED ${what}`);
    for (const complaint of complaints.slice(0, 20)) console.log(`  ${complaint}`);
    if (complaints.length > 20) console.log(`  and ${complaints.length - 20} more`);
    return false;
  }
  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
