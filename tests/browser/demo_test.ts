/**
 * The demo in a real headless browser, on WebGPU and on the CPU backend.
 *
 * @module
 */
import puppeteer from "puppeteer-core";
import { build } from "../../examples/demo/build.ts";
import { serve } from "../../examples/demo/main.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browserPath = places.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
if (!browserPath) {
  console.warn("The tests in a browser are left out: there is no chromium (Debian: apt-get install chromium)");
}

/** Milliseconds that a slow machine may take for the first steps. */
const patience = 240_000;

Deno.test({
  name: "the demo trains, draws and predicts in a browser, on webgpu and on cpu",
  ignore: !browserPath,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "cotangent-demo-" });
    let port = 0;
    await build(folder);
    const server = serve(folder, 0, (p) => port = p);
    const browser = await puppeteer.launch({
      executablePath: browserPath!,
      args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
      protocolTimeout: patience,
    });
    const shots = Deno.env.get("COTANGENT_SCREENSHOTS");
    try {
      for (const device of ["webgpu", "cpu"]) {
        for (const [width, height] of device === "webgpu" ? [[1200, 800]] : [[390, 844]]) {
          await t.step(`${device}, ${width} pixels wide`, async () => {
            const page = await browser.newPage();
            const errors: string[] = [];
            page.on("console", (message) => {
              if (message.type() === "error") errors.push(message.text());
            });
            page.on("pageerror", (error) => errors.push(String(error)));
            await page.setViewport({ width, height });
            await page.goto(`http://localhost:${port}/?device=${device}`);
            const value = (id: string): Promise<string> =>
              page.$eval(`#${id}`, (e: { textContent: string | null }) => e.textContent ?? "");
            const reach = async (steps: number): Promise<void> => {
              const start = performance.now();
              while (Number(await value("steps")) < steps) {
                assertEquals(errors, []);
                assert(
                  performance.now() - start < patience,
                  `only ${await value("steps")} steps; ${await value("note")}`,
                );
                await new Promise((resolve) => setTimeout(resolve, 200));
              }
            };
            await reach(2);
            assertEquals(await page.evaluate('document.getElementById("device").value'), device, await value("note"));
            await reach(60);
            // Of ten classes; what the page shows first may be many steps old already.
            const guessing = Math.log(10), later = Number(await value("loss"));
            assert(later < 0.8 * guessing, `the loss is ${later}, that of guessing is ${guessing}`);
            // From the keyboard alone: pause, then draw a line downwards.
            await page.focus("#toggle");
            await page.keyboard.press("Enter");
            assertEquals(await value("toggle"), "Train");
            await page.focus("#pad");
            for (let i = 0; i < 7; i++) await page.keyboard.press("ArrowUp");
            await page.keyboard.press("Space");
            for (let i = 0; i < 14; i++) await page.keyboard.press("ArrowDown");
            await page.keyboard.press("Space");
            const predicted = async (): Promise<void> => {
              await page.waitForFunction('/^[0-9]$/.test(document.getElementById("prediction").textContent)', {
                timeout: patience,
              });
            };
            await predicted();
            await page.click("#clear");
            await page.waitForFunction('document.getElementById("prediction").textContent === "–"', {
              timeout: patience,
            });
            // With the pointer, while it trains.
            await page.click("#toggle");
            const box = (await (await page.$("#pad"))!.boundingBox())!;
            await page.mouse.move(box.x + box.width / 2, box.y + box.height / 5);
            await page.mouse.down();
            await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.8, { steps: 10 });
            await page.mouse.up();
            await predicted();
            // Nothing is wider than the screen, and the masks show something.
            assert(
              await page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
              "the page scrolls sideways",
            );
            const colours = await page.evaluate(
              'document.querySelector("#masks canvas").getContext("2d").getImageData(0, 0, 14, 14).data.reduce((a, b) => a + b)',
            );
            assertNotEquals(colours, 0);
            assertNotEquals(await value("speed"), "–");
            if (shots) await page.screenshot({ path: `${shots}/${device}.png`, fullPage: true });
            assertEquals(errors, []);
            await page.close();
          });
        }
      }
    } finally {
      await browser.close();
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
