// What the page says, in the language of the browser.

const TEXTS = {
  en: {
    purpose: "Enlarge a picture by 4, and decide how much to compute for it.",
    drop: "Drop a picture here, or choose one",
    formats: "PNG, JPEG, WebP, TIFF or BMP. It stays on the machine that runs this page.",
    model: "Model",
    test: "Test: shrink my picture by 4 first, then compare with it",
    examples: "Or try an example:",
    cancel: "Cancel",
    stageHelp: "Picture, before and after. Arrow keys move it, plus and minus zoom, 0 shows all of it, 1 real pixels.",
    compare: "Before / after",
    against: "Compare with",
    bicubic: "bicubic",
    nearest: "nearest pixel",
    original: "the original (test)",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    fit: "Show all",
    real: "Real pixels",
    budget: "Budget",
    budgetHelp: "How much to compute. Less is faster; the hard parts of the picture keep the large network longest.",
    auto: "Let the classifier decide",
    numbers: "This result",
    download: "Download",
    classes: "Where the computation went",
    classesHelp: "A classifier sorts tiles of the picture by how hard they are. Colour them with the slider; point at one for its numbers.",
    opacity: "Colour the picture",
    uploading: "Sending…",
    waiting: (before) => before ? `Waiting, ${before} before you` : "Waiting",
    running: (share, left) => `${share}%` + (left === null ? "" : `, about ${left} left`),
    reading: "Reading…",
    scoring: "Comparing with the original…",
    stopped: "Stopped. Move the budget to go on, or drop another picture.",
    stoppedAtOnce: "Stopped. Drop the picture again, or another one.",
    seconds: (value) => `${value} s`,
    budgetValue: (percent, seconds) => `${percent}%, about ${seconds}`,
    size: "Size",
    flops: "Computation",
    ofWidest: (share, gflops) => `${share}% of the largest network (${gflops} GFLOPs)`,
    measured: "Computed in",
    again: (seconds, percent) => `${seconds} (the ${percent}% that changed)`,
    psnr: "PSNR",
    ssim: "SSIM",
    bicubicBeside: (value, bicubic) => `${value} (bicubic ${bicubic})`,
    className: (place, number) => number === 1 ? "the whole picture" :
      number === 3 ? ["simple", "medium", "hard"][place] : `class ${place + 1} of ${number}`,
    legend: (name, number, share) => `${name}: ${number} ${number === 1 ? "tile" : "tiles"}` +
      (share < 100 ? `, each ${share}% of the largest network` : ", the largest network"),
    tip: (name, probabilities, gain) => `${name}\n${probabilities}` +
      (gain === null ? "\nalready the largest network" : `\na larger network: ${gain} log-probability`),
    curve: "predicted gain (log-probability)",
    tried: (range) => `PSNR of the budgets tried: ${range} dB`,
    curveAlt: (share, gain) => `Curve of the predicted gain over the budget; now ${share}% of the computation for ${gain}% of the gain`,
    beforeAlt: "before", afterAlt: "after",
    tooLarge: (name, megabytes) => `${name}: has more than ${megabytes} MiB; send a smaller file`,
    unreachable: "The server does not answer; is it still running?",
  },
  zh: {
    purpose: "把图片放大 4 倍，并决定用多少计算量。",
    drop: "把图片拖到这里，或点击选择",
    formats: "PNG、JPEG、WebP、TIFF 或 BMP。图片不会离开运行本页面的机器。",
    model: "模型",
    test: "测试：先把图片缩小到 1/4，再与原图比较",
    examples: "或试试示例：",
    cancel: "取消",
    stageHelp: "放大前后的图片。方向键移动，加号和减号缩放，0 显示全图，1 显示实际像素。",
    compare: "放大前 / 后",
    against: "对比",
    bicubic: "双三次插值",
    nearest: "最近邻",
    original: "原图（测试）",
    zoomIn: "放大显示",
    zoomOut: "缩小显示",
    fit: "显示全图",
    real: "实际像素",
    budget: "计算预算",
    budgetHelp: "允许的计算量。越少越快；图片中困难的部分最后才换成小网络。",
    auto: "由分类器决定",
    numbers: "本次结果",
    download: "下载",
    classes: "计算用在哪里",
    classesHelp: "分类器按难度给图块分类。用滑块给图块着色，指向一个图块可查看数值。",
    opacity: "图片着色",
    uploading: "正在发送…",
    waiting: (before) => before ? `排队中，前面还有 ${before} 个` : "排队中",
    running: (share, left) => `${share}%` + (left === null ? "" : `，约剩 ${left}`),
    reading: "正在读取…",
    scoring: "正在与原图比较…",
    stopped: "已停止。移动预算可继续，或换一张图片。",
    stoppedAtOnce: "已停止。请重新选择这张图片，或换一张。",
    seconds: (value) => `${value} 秒`,
    budgetValue: (percent, seconds) => `${percent}%，约 ${seconds}`,
    size: "尺寸",
    flops: "计算量",
    ofWidest: (share, gflops) => `最大网络的 ${share}%（${gflops} GFLOPs）`,
    measured: "计算用时",
    again: (seconds, percent) => `${seconds}（变化的 ${percent}%）`,
    psnr: "PSNR",
    ssim: "SSIM",
    bicubicBeside: (value, bicubic) => `${value}（双三次 ${bicubic}）`,
    className: (place, number) => number === 1 ? "整张图片" :
      number === 3 ? ["简单", "中等", "困难"][place] : `第 ${place + 1} 类，共 ${number} 类`,
    legend: (name, number, share) => `${name}：${number} 块，` +
      (share < 100 ? `每块为最大网络的 ${share}%` : "最大网络"),
    tip: (name, probabilities, gain) => `${name}\n${probabilities}` +
      (gain === null ? "\n已是最大的网络" : `\n更大的网络：对数概率 ${gain}`),
    curve: "预测收益（对数概率）",
    tried: (range) => `试过的预算的 PSNR：${range} dB`,
    curveAlt: (share, gain) => `预测收益随预算变化的曲线；当前用 ${share}% 的计算得到 ${gain}% 的收益`,
    beforeAlt: "放大前", afterAlt: "放大后",
    tooLarge: (name, megabytes) => `${name}：超过 ${megabytes} MiB，请换小一些的文件`,
    unreachable: "服务器没有响应，它还在运行吗？",
  },
};

const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
export const text = TEXTS[language];

export function writeTexts() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text[element.dataset.text];
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text[element.dataset.label]);
  }
}

export function duration(seconds) {
  return text.seconds(seconds < 10 ? seconds.toFixed(seconds < 1 ? 2 : 1) : Math.round(seconds));
}
